/** Names of the formula language as names of Python: none is a keyword, none hides what the printed code uses. */

const RESERVED = (
  'False None True and as assert async await break class continue def del elif else except finally for from global if ' +
  'import in is lambda nonlocal not or pass raise return try while with torch F float min max abs log1mexp'
).split(' ');

export interface TorchNames {
  function: string;
  /** Throws nothing: a name that was not announced stays as it is. */
  of(name: string): string;
}

export function torchNames(
  functionName: string,
  masks: readonly string[],
  names: readonly string[],
): TorchNames {
  const taken = new Set<string>([...RESERVED, ...masks]);
  const fresh = (wanted: string): string => {
    let name = wanted;
    while (taken.has(name)) name += '_';
    taken.add(name);
    return name;
  };
  const python = new Map<string, string>();
  for (const name of names) python.set(name, fresh(name.replace(/\[(.)\]$/, '_$1')));
  const cleaned = functionName.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d|$)/, '_');
  return { function: fresh(cleaned), of: (name) => python.get(name) ?? name };
}
