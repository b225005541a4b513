/** Keys that an object of JSON holds twice: `JSON.parse` keeps the last of them and says nothing. */

/**
 * The first key of valid JSON that stands twice in one object; null where there is none. `matters`: of which keys that is
 * asked; the outermost object has depth 1.
 */
export function repeatedKey(
  json: string,
  matters: (key: string, depth: number) => boolean = () => true,
): string | null {
  /** One entry an open bracket: the keys so far of an object; a list has none. */
  const open: (Set<string> | null)[] = [];
  let string: readonly [start: number, end: number] = [0, 0];
  for (let i = 0; i < json.length; i++) {
    switch (json.charCodeAt(i)) {
      case 0x22: // "
        string = [i, endOfString(json, i)];
        i = string[1];
        break;
      case 0x7b: // {
        open.push(new Set());
        break;
      case 0x5b: // [
        open.push(null);
        break;
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        break;
      case 0x3a: {
        const key = JSON.parse(json.slice(string[0], string[1] + 1)) as string;
        if (!matters(key, open.length)) break;
        const keys = open.at(-1);
        if (keys?.has(key)) return key;
        keys?.add(key);
        break;
      }
      default:
    }
  }
  return null;
}

/** Which of some keys stands twice in the outermost object. Looks closely only where a key's text occurs twice. */
export function repeatedAtTop(json: string, keys: readonly string[]): string | null {
  const repeated = keys.find((key) => {
    const quoted = JSON.stringify(key);
    const first = json.indexOf(quoted);
    const again = first < 0 ? -1 : json.indexOf(quoted, first + quoted.length);
    return again >= 0 && repeatedKey(json, (one, depth) => depth === 1 && one === key) !== null;
  });
  return repeated ?? null;
}

/** Where the string whose opening quote stands at `start` has its closing one. */
function endOfString(json: string, start: number): number {
  let i = start + 1;
  while (i < json.length && json.charCodeAt(i) !== 0x22) i += json.charCodeAt(i) === 0x5c ? 2 : 1;
  return i;
}
