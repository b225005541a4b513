/** Vectors at the ragged end of a row, and sums and maxima of lanes in a fixed order. */

/** all bits set in the first `left` lanes */
@inline
export function firstLanes(left: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(left));
}

/** stores the first `left` lanes, 1 to 3; loads may pass the end of a tensor, stores may not */
@inline
export function storeFirst(p: usize, v: v128, left: i32): void {
  if (left >= 2) {
    v128.store64_lane(p, v, 0);
    if (left == 3) v128.store32_lane(p, v, 2, 8);
  } else {
    v128.store32_lane(p, v, 0);
  }
}

@inline
export function store(p: usize, v: v128, left: i32): void {
  if (left >= 4) v128.store(p, v);
  else storeFirst(p, v, left);
}

/** the first `left` lanes of v, zeros after them */
@inline
export function keepFirst(v: v128, left: i32): v128 {
  return left >= 4 ? v : v128.and(v, firstLanes(left));
}

@inline
export function sumLanes(v: v128): f32 {
  const two = f32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(two, 0) + f32x4.extract_lane(two, 1);
}

@inline
export function maxLanes(v: v128): f32 {
  const two = f32x4.pmax(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  const a = f32x4.extract_lane(two, 0);
  const b = f32x4.extract_lane(two, 1);
  return a < b ? b : a;
}

@inline
export function zeroWords(p: usize, n: i32): void {
  memory.fill(p, 0, <usize>n << 2);
}

@inline
export function copyWords(to: usize, from: usize, n: i32): void {
  memory.copy(to, from, <usize>n << 2);
}

/** an index outside its table ends the run (a trap) instead of writing elsewhere in the arena */
@inline
export function checkIndex(i: i32, size: i32): void {
  if (<u32>i >= <u32>size) unreachable();
}
