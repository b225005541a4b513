// y = a b, both read through strides, so that one kernel serves all four transposes. A workgroup of 64 computes a tile of
// 32 x 32, a thread 4 x 4 of it, from slices of 16 along k in workgroup memory. Where few tiles exist, k is cut into
// parts whose sums lie one after the other in y (`sum_parts` adds them).
// operands a, b, y; counts: M, N, K, a's stride along m and k, b's along k and n, tiles along n, tiles, k of a part
const TILE = 32u;
const SLICE = 16u;
// [k][quad of rows or columns]; only whole vectors are written: a component's store may write its neighbours
var<workgroup> tile_a: array<vec4f, 128>;
var<workgroup> tile_b: array<vec4f, 128>;

// Four elements along the long axis (m or n, from `first`) at one k.
fn quad(base: u32, first: u32, size: u32, stride: u32, k: u32, last_k: u32, stride_k: u32) -> vec4f {
  var v = vec4f();
  if (k < last_k) {
    let at = base + first * stride + k * stride_k;
    if (first < size) { v.x = load(at); }
    if (first + 1u < size) { v.y = load(at + stride); }
    if (first + 2u < size) { v.z = load(at + 2u * stride); }
    if (first + 3u < size) { v.w = load(at + 3u * stride); }
  }
  return v;
}

// Which vector of a tile a thread fetches: neighbouring threads read neighbouring addresses.
fn slot(index: u32, stride_k: u32) -> vec2u {
  if (stride_k == 1u) { return vec2u(index % SLICE, index / SLICE); }
  return vec2u(index / 8u, index % 8u);
}

fn store_row(y: u32, m: u32, n: u32, row: vec4f) {
  if (m >= count(0u)) { return; }
  let size = count(1u);
  let at = y + m * size + n;
  if (n < size) { store(at, row.x); }
  if (n + 1u < size) { store(at + 1u, row.y); }
  if (n + 2u < size) { store(at + 2u, row.z); }
  if (n + 3u < size) { store(at + 3u, row.w); }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let tiles = count(8u);
  let part = flat(group) / tiles;
  let tile = flat(group) % tiles;
  let first_k = part * count(9u);
  let last_k = min(first_k + count(9u), count(2u));
  if (part > 0u && first_k >= count(2u)) { return; }
  let m0 = tile / count(7u) * TILE;
  let n0 = tile % count(7u) * TILE;
  let a = place(0u, group.z);
  let b = place(1u, group.z);
  let quad_m = thread / 8u;
  let quad_n = thread % 8u;
  var row0 = vec4f();
  var row1 = vec4f();
  var row2 = vec4f();
  var row3 = vec4f();
  for (var k0 = first_k; k0 < last_k; k0 += SLICE) {
    for (var half = 0u; half < 2u; half++) {
      let from_a = slot(thread + half * 64u, count(4u));
      tile_a[from_a.x * 8u + from_a.y] =
        quad(a, m0 + from_a.y * 4u, count(0u), count(3u), k0 + from_a.x, last_k, count(4u));
      let from_b = slot(thread + half * 64u, count(5u));
      tile_b[from_b.x * 8u + from_b.y] =
        quad(b, n0 + from_b.y * 4u, count(1u), count(6u), k0 + from_b.x, last_k, count(5u));
    }
    workgroupBarrier();
    for (var k = 0u; k < SLICE; k++) {
      let column = tile_a[k * 8u + quad_m];
      let row = tile_b[k * 8u + quad_n];
      row0 += column.x * row;
      row1 += column.y * row;
      row2 += column.z * row;
      row3 += column.w * row;
    }
    workgroupBarrier();
  }
  let y = place(2u, group.z) + part * count(0u) * count(1u);
  let m = m0 + quad_m * 4u;
  let n = n0 + quad_n * 4u;
  store_row(y, m, n, row0);
  store_row(y, m + 1u, n, row1);
  store_row(y, m + 2u, n, row2);
  store_row(y, m + 3u, n, row3);
}
