// As matmul.wgsl, for devices on the CPU: no workgroup memory, whose zeroing there costs more than the product, and no
// arrays, whose elements there are not registers. A thread computes 8 x 8 elements straight from the arena.
// Operands and counts are those of matmul.wgsl, with tiles of 64 x 64.

// Past the edge the last row or column is read again, and not stored.
fn four(base: u32, first: u32, size: u32, stride: u32) -> vec4u {
  return base + min(vec4u(first, first + 1u, first + 2u, first + 3u), vec4u(size - 1u)) * stride;
}
fn load_four(at: vec4u) -> vec4f { return vec4f(load(at.x), load(at.y), load(at.z), load(at.w)); }

fn store_four(y: u32, m: u32, n: u32, row: vec4f) {
  let columns = count(1u);
  if (m >= count(0u)) { return; }
  for (var j = 0u; j < 4u; j++) {
    if (n + j < columns) { store(y + m * columns + n + j, row[j]); }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let part = flat(group) / count(8u);
  let tile = flat(group) % count(8u);
  let m = (tile / count(7u) * 8u + thread / 8u) * 8u;
  let n = (tile % count(7u) * 8u + thread % 8u) * 8u;
  if (m >= count(0u) || n >= count(1u)) { return; }
  let step_a = count(4u);
  let step_b = count(5u);
  let last = min((part + 1u) * count(9u), count(2u));
  var k = part * count(9u);
  var a0 = four(place(0u, group.z), m, count(0u), count(3u)) + k * step_a;
  var a1 = four(place(0u, group.z), m + 4u, count(0u), count(3u)) + k * step_a;
  var b0 = four(place(1u, group.z), n, count(1u), count(6u)) + k * step_b;
  var b1 = four(place(1u, group.z), n + 4u, count(1u), count(6u)) + k * step_b;
  var low0 = vec4f();
  var high0 = vec4f();
  var low1 = vec4f();
  var high1 = vec4f();
  var low2 = vec4f();
  var high2 = vec4f();
  var low3 = vec4f();
  var high3 = vec4f();
  var low4 = vec4f();
  var high4 = vec4f();
  var low5 = vec4f();
  var high5 = vec4f();
  var low6 = vec4f();
  var high6 = vec4f();
  var low7 = vec4f();
  var high7 = vec4f();
  for (; k < last; k++) {
    let x0 = load_four(a0);
    let x1 = load_four(a1);
    let low = load_four(b0);
    let high = load_four(b1);
    low0 += x0.x * low;
    high0 += x0.x * high;
    low1 += x0.y * low;
    high1 += x0.y * high;
    low2 += x0.z * low;
    high2 += x0.z * high;
    low3 += x0.w * low;
    high3 += x0.w * high;
    low4 += x1.x * low;
    high4 += x1.x * high;
    low5 += x1.y * low;
    high5 += x1.y * high;
    low6 += x1.z * low;
    high6 += x1.z * high;
    low7 += x1.w * low;
    high7 += x1.w * high;
    a0 += step_a;
    a1 += step_a;
    b0 += step_b;
    b1 += step_b;
  }
  let y = place(2u, group.z) + part * count(0u) * count(1u);
  store_four(y, m + 0u, n, low0);
  store_four(y, m + 0u, n + 4u, high0);
  store_four(y, m + 1u, n, low1);
  store_four(y, m + 1u, n + 4u, high1);
  store_four(y, m + 2u, n, low2);
  store_four(y, m + 2u, n + 4u, high2);
  store_four(y, m + 3u, n, low3);
  store_four(y, m + 3u, n + 4u, high3);
  store_four(y, m + 4u, n, low4);
  store_four(y, m + 4u, n + 4u, high4);
  store_four(y, m + 5u, n, low5);
  store_four(y, m + 5u, n + 4u, high5);
  store_four(y, m + 6u, n, low6);
  store_four(y, m + 6u, n + 4u, high6);
  store_four(y, m + 7u, n, low7);
  store_four(y, m + 7u, n + 4u, high7);
}
