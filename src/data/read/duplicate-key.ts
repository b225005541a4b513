/** A key that stands twice at the top of an object: JSON.parse keeps the last and says nothing. */

/** `keys`: those that matter. Looks closely only where a key's text occurs twice. Null: none is repeated. */
export function repeatedKey(text: string, keys: readonly string[]): string | null {
  for (const key of keys) {
    const quoted = JSON.stringify(key);
    const first = text.indexOf(quoted);
    if (first < 0 || text.indexOf(quoted, first + quoted.length) < 0) continue;
    if (topLevelKeys(text).filter((one) => one === quoted).length > 1) return key;
  }
  return null;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:]/gs;

/** The keys of an object of valid JSON, quoted as they stand there. */
function topLevelKeys(text: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  let string = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (token === ':' && depth === 1) keys.push(string);
    string = token;
  }
  return keys;
}
