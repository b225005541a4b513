// dQ, dK and dV. The first half of the threads take a query each and sum over its keys, the second half take a key each and
// sum over its queries; both up to sixteen channels. The loop is the same: scores of the own row against four others.
// operands qkv, dY, dQkv, rows (see `attention_rows`); counts: threads, length, heads, head size, channel groups, half;
// number: scale
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let index = flat(group) * 64u + thread;
  if (index >= count(0u)) { return; }
  let is_key = index >= count(5u);
  let half_index = index % count(5u);
  let length = count(1u);
  let heads = count(2u);
  let size = count(3u);
  let own = half_index % length;
  let first = half_index / length % count(4u) * 16u;
  let head = half_index / (length * count(4u)) % heads;
  let sequence = half_index / (length * count(4u) * heads);
  let width = heads * size;
  let columns = 3u * width;
  let start = sequence * length * columns + head * size;
  let q = place(0u, group.z) + start;
  let v = q + 2u * width;
  let d_y = place(1u, group.z) + sequence * length * width + head * size;
  let rows = place(3u, group.z) + (sequence * heads + head) * length * 3u;

  // score = a . other a, dWeight = b . other b: (q, dY) of the query, (k, v) of the key
  let own_a = q + own * columns + select(0u, width, is_key);
  let own_b = select(d_y + own * width, v + own * columns, is_key);
  let other_a = q + select(width, 0u, is_key);
  let other_b = select(v, d_y, is_key);
  let stride_b = select(columns, width, is_key);
  let end = select(own + 1u, length, is_key);
  let left = size - first;
  var sum_a = mat4x4f();
  var sum_b = mat4x4f();
  for (var at = select(0u, own, is_key); at < end; at += 4u) {
    let other = vec4u(at, at + 1u, at + 2u, at + 3u);
    let row = min(other, vec4u(end - 1u));
    let stat = rows + 3u * select(vec4u(own), row, is_key);
    let top = vec4f(load(stat.x), load(stat.y), load(stat.z), load(stat.w));
    let share = vec4f(load(stat.x + 1u), load(stat.y + 1u), load(stat.z + 1u), load(stat.w + 1u));
    let mean = vec4f(load(stat.x + 2u), load(stat.y + 2u), load(stat.z + 2u), load(stat.w + 2u));
    let scores = four_dots(own_a, other_a + row * columns, size) * number(0u);
    let d_weights = four_dots(own_b, other_b + row * stride_b, size);
    let weights = select(vec4f(), exp_four(scores - top) * share, other < vec4u(end));
    sum_a += weighted_sum(other_a + row * columns + first, weights * (d_weights - mean), left);
    if (is_key) { sum_b += weighted_sum(other_b + row * stride_b + first, weights, left); }
  }
  let d_own = place(2u, group.z) + start + own * columns + first;
  store_channels(d_own + select(0u, width, is_key), left, number(0u) * sum_a);
  if (is_key) { store_channels(d_own + 2u * width, left, sum_b); }
}
