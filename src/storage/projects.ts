/** Projects: what a visitor works on. Rows keep fields that only newer code knows. */
import type { Written } from './log.ts';
import { DELETED, WRITTEN } from './log.ts';
import type { Rows, Unreadable } from './rows.ts';
import { readableRows } from './rows.ts';
import type { ProjectRow, Settings } from './schema.ts';
import { PROJECT_STORES } from './schema.ts';

const CURRENT = 'current';
/** Id of a project that is made with the first thing that is kept in it. All tabs have the same. */
const DRAFT = 'draft';

/** `at`: milliseconds since 1970, as everywhere here. */
export function createProject(rows: Rows, project: string, name: string, at: number): Promise<ProjectRow> {
  const row: ProjectRow = { project, name, created: at, modified: at, settings: null };
  return rows.transact('write', ['projects'], async (tx) => {
    await tx.put('projects', row);
    return row;
  });
}

/** The id that a project to come will have: `id`, unless another tab has drawn one already. */
export function draftProject(rows: Rows, id: string): Promise<string> {
  return rows.transact('write', ['meta'], async (tx) => {
    const drawn = (await tx.get('meta', [DRAFT]))?.value;
    if (typeof drawn === 'string') return drawn;
    await tx.put('meta', { name: DRAFT, value: id });
    return id;
  });
}

/** Makes a project of the draft, unless another tab has. */
export function beginProject(rows: Rows, project: string, name: string, at: number): Promise<ProjectRow> {
  return rows.transact('write', ['meta', 'projects'], async (tx) => {
    if ((await tx.get('meta', [DRAFT]))?.value === project) await tx.remove('meta', [DRAFT]);
    await tx.put('meta', { name: CURRENT, value: project });
    const there = await tx.get('projects', [project]);
    const row: ProjectRow = there ?? { project, name, created: at, modified: at, settings: null };
    if (!there) await tx.put('projects', row);
    return row;
  });
}

/** The one worked on last comes first. */
export async function listProjects(
  rows: Rows,
): Promise<{ projects: ProjectRow[]; unreadable: Unreadable[] }> {
  const { rows: projects, unreadable } = await readableRows(rows, 'projects', []);
  return { projects: projects.sort((a, b) => b.modified - a.modified), unreadable };
}

export function readProject(rows: Rows, project: string): Promise<ProjectRow | undefined> {
  return rows.transact('read', ['projects'], (tx) => tx.get('projects', [project]));
}

export function renameProject(rows: Rows, project: string, name: string, at: number): Promise<Written> {
  return rows.transact('write', ['projects'], async (tx) => {
    const row = await tx.get('projects', [project]);
    if (!row) return DELETED;
    await tx.put('projects', { ...row, name, modified: at });
    return WRITTEN;
  });
}

/** With its labels, runs and checkpoints. */
export function deleteProject(rows: Rows, project: string): Promise<void> {
  return rows.transact('write', ['projects', ...PROJECT_STORES], async (tx) => {
    for (const store of PROJECT_STORES) await tx.removeAll(store, [project]);
    await tx.remove('projects', [project]);
  });
}

export type SettingsWritten = Written | { ok: false; reason: 'newer'; settings: Settings };

/** Writes the settings unless newer ones, or those of newer code, are there: then it gives those back. */
export function saveSettings(
  rows: Rows,
  project: string,
  settings: Settings,
  at: number,
): Promise<SettingsWritten> {
  return rows.transact<SettingsWritten>('write', ['projects'], async (tx) => {
    const row = await tx.get('projects', [project]);
    if (!row) return DELETED;
    if (row.settings && newerSettings(row.settings, settings) === row.settings) {
      return { ok: false, reason: 'newer', settings: row.settings };
    }
    await tx.put('projects', { ...row, settings, modified: Math.max(at, row.modified) });
    return WRITTEN;
  });
}

/** Of two settings the one that stays; `b` where they are of the same moment. */
export function newerSettings(a: Settings, b: Settings): Settings {
  const order = a.schema - b.schema || a.clock - b.clock || (a.writer > b.writer ? 1 : -1);
  return order > 0 && !(a.clock === b.clock && a.writer === b.writer && a.schema === b.schema) ? a : b;
}

/** Two histories of one project in one. */
export function newerProject(a: ProjectRow | undefined, b: ProjectRow): ProjectRow {
  if (!a) return b;
  const newer = a.modified > b.modified ? a : b;
  const settings =
    a.settings && b.settings ? newerSettings(a.settings, b.settings) : (a.settings ?? b.settings);
  return { ...newer, created: Math.min(a.created, b.created), settings };
}

/** The project that a new tab opens; null if it was never set or is gone. */
export function currentProject(rows: Rows): Promise<string | null> {
  return rows.transact('read', ['meta', 'projects'], async (tx) => {
    const project = (await tx.get('meta', [CURRENT]))?.value;
    if (typeof project !== 'string') return null;
    return (await tx.get('projects', [project])) ? project : null;
  });
}

export function setCurrentProject(rows: Rows, project: string): Promise<void> {
  return rows.transact('write', ['meta'], (tx) => tx.put('meta', { name: CURRENT, value: project }));
}
