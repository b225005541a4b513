/** Finds a key that an object of valid JSON holds twice: `JSON.parse` would keep the last and stay silent. */

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/g;

/** The first key that occurs twice in one object, at any depth; undefined where there is none. */
export function duplicateKey(json: string): string | undefined {
  // one entry an open bracket: the keys of an object, or null for a list
  const open: (Set<string> | null)[] = [];
  let previous = '';
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const keys = open.at(-1);
      const key = JSON.parse(previous) as string;
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
    previous = token;
  }
  return undefined;
}
