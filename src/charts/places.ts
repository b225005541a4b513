/** Place of each value, from 1, by falling value; equal ones keep their order. */
export function placesBy(values: readonly number[]): number[] {
  const order = values
    .map((_, i) => i)
    .sort((i, j) => (values[j] as number) - (values[i] as number) || i - j);
  const places = new Array<number>(order.length);
  order.forEach((i, place) => (places[i] = place + 1));
  return places;
}
