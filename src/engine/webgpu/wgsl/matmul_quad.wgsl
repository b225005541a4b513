// As matmul.wgsl, for devices on the CPU: no workgroup memory, and no arrays in the loop, whose elements there are not
// registers. A subgroup of four threads computes 16 x 16 elements, a thread four of the columns; each thread loads four of
// the rows and the others have them from it. Operands and counts are those of matmul.wgsl.

// Past the edge the last row or column is read again, and not stored.
fn row_at(base: u32, m: u32) -> u32 { return base + min(m, count(0u) - 1u) * count(3u); }
fn columns_at(base: u32, n: u32) -> vec4u {
  return base + min(vec4u(n, n + 1u, n + 2u, n + 3u), vec4u(count(1u) - 1u)) * count(6u);
}

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let part = flat(group) / count(8u);
  let tile = flat(group) % count(8u);
  let m = tile / count(7u) * 16u;
  let n = tile % count(7u) * 16u + lane * 4u;
  let step_a = count(4u);
  let step_b = count(5u);
  let last = min((part + 1u) * count(9u), count(2u));
  var k = part * count(9u);
  let a = place(0u, group.z) + k * step_a;
  var a0 = row_at(a, m + lane);
  var a1 = row_at(a, m + 4u + lane);
  var a2 = row_at(a, m + 8u + lane);
  var a3 = row_at(a, m + 12u + lane);
  var b = columns_at(place(1u, group.z) + k * step_b, n);
  var row0 = vec4f();
  var row1 = vec4f();
  var row2 = vec4f();
  var row3 = vec4f();
  var row4 = vec4f();
  var row5 = vec4f();
  var row6 = vec4f();
  var row7 = vec4f();
  var row8 = vec4f();
  var row9 = vec4f();
  var row10 = vec4f();
  var row11 = vec4f();
  var row12 = vec4f();
  var row13 = vec4f();
  var row14 = vec4f();
  var row15 = vec4f();
  for (; k < last; k++) {
    let columns = vec4f(load(b.x), load(b.y), load(b.z), load(b.w));
    let x0 = load(a0);
    let x1 = load(a1);
    let x2 = load(a2);
    let x3 = load(a3);
    row0 += quadBroadcast(x0, 0u) * columns;
    row1 += quadBroadcast(x0, 1u) * columns;
    row2 += quadBroadcast(x0, 2u) * columns;
    row3 += quadBroadcast(x0, 3u) * columns;
    row4 += quadBroadcast(x1, 0u) * columns;
    row5 += quadBroadcast(x1, 1u) * columns;
    row6 += quadBroadcast(x1, 2u) * columns;
    row7 += quadBroadcast(x1, 3u) * columns;
    row8 += quadBroadcast(x2, 0u) * columns;
    row9 += quadBroadcast(x2, 1u) * columns;
    row10 += quadBroadcast(x2, 2u) * columns;
    row11 += quadBroadcast(x2, 3u) * columns;
    row12 += quadBroadcast(x3, 0u) * columns;
    row13 += quadBroadcast(x3, 1u) * columns;
    row14 += quadBroadcast(x3, 2u) * columns;
    row15 += quadBroadcast(x3, 3u) * columns;
    a0 += step_a;
    a1 += step_a;
    a2 += step_a;
    a3 += step_a;
    b += step_b;
  }
  let rows = array(row0, row1, row2, row3, row4, row5, row6, row7, row8, row9, row10, row11, row12, row13, row14, row15);
  let width = count(1u);
  let y = place(2u, group.z) + part * count(0u) * width + m * width + n;
  let left = width - min(n, width);
  for (var r = 0u; r < min(16u, count(0u) - m); r++) {
    let row = rows[r];
    let at = y + r * width;
    if (left > 0u) { store(at, row.x); }
    if (left > 1u) { store(at + 1u, row.y); }
    if (left > 2u) { store(at + 2u, row.z); }
    if (left > 3u) { store(at + 3u, row.w); }
  }
}
