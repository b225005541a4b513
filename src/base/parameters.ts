/**
 * A number that a person may set. Controls, validation, link keys and documentation all derive from such tables;
 * a number that stands in no table can't be set.
 */
export interface Parameter {
  label: string;
  min: number;
  max: number;
  step: number;
  default: number;
  /** `''` for a pure number. */
  unit: string;
  /** How a slider spreads the range; linear where absent. */
  scale?: 'linear' | 'log';
  /** Only whole numbers have a meaning. */
  integer?: boolean;
  /** One sentence: what a larger value does. */
  help: string;
}

export type ParameterTable = Readonly<Record<string, Parameter>>;

/** The values of a table's defaults. */
export function defaultsOf<T extends ParameterTable>(table: T): { [K in keyof T]: number } {
  return Object.fromEntries(Object.entries(table).map(([key, row]) => [key, row.default])) as {
    [K in keyof T]: number;
  };
}

/** Something that a person turns on or off. */
export interface Switch {
  label: string;
  default: boolean;
  /** What is so while it is on. */
  help: string;
  /** Numbers that have a meaning only while it is on. */
  opens: ParameterTable;
}
