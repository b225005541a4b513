/** Mappings of columns by hand, as text and as choices. */
import type { Checked, Issue } from '../base/errors.ts';
import type { Mapping, Role } from './shapes/shape.ts';
import { ROLES } from './shapes/shape.ts';

/** `prompt=question,chosen=good,rejected=bad`. */
export function mappingFromText(text: string): Checked<Mapping> {
  const mapping: Partial<Record<Role, string>> = {};
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const role = part.slice(0, Math.max(at, 0)).trim();
    const column = part.slice(at + 1).trim();
    if (at < 0 || column === '') return wrong('ROLE=COLUMN', part, 'Write prompt=question, for example.');
    if (!isRole(role)) return wrong(`one of ${ROLES.join(', ')}`, role, 'Name what the column is.');
    if (mapping[role] !== undefined) return wrong('each role once', `${role} twice`, 'Leave one out.');
    mapping[role] = column;
  }
  return checkMapping(mapping);
}

/** Whether a mapping says enough to make pairs. */
export function checkMapping(mapping: Mapping): Checked<Mapping> {
  const has = (...roles: Role[]): boolean => roles.every((role) => mapping[role] !== undefined);
  const given = Object.keys(mapping).join(', ') || 'nothing';
  if (has('completion') || has('label')) {
    if (has('prompt', 'completion', 'label') && !has('chosen') && !has('rejected'))
      return { ok: true, value: mapping };
    return wrong('prompt, completion and label', given, 'Or map chosen and rejected instead.');
  }
  if (!has('chosen', 'rejected'))
    return wrong('chosen and rejected', given, 'Map both; a prompt is optional.');
  if (mapping.chosen === mapping.rejected) {
    return wrong(
      'two columns',
      `${mapping.chosen} for both`,
      'Choose different columns for chosen and rejected.',
    );
  }
  return { ok: true, value: mapping };
}

const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

function wrong(expected: string, received: string, cure: string): { ok: false; issues: Issue[] } {
  return { ok: false, issues: [{ code: 'data/mapping', at: 'mapping', expected, received, cure }] };
}
