// dQ, dK and dV: the first half of the threads take a query each (and up to sixteen channels), the second half a key each.
// operands qkv, dY, dQkv, rows (see `attention_rows`); counts: threads, length, heads, head size, channel groups, half;
// number: scale
struct Weighed { weights: vec4f, d_scores: vec4f }

fn weigh(scores: vec4f, d_weights: vec4f, top: vec4f, share: vec4f, mean: vec4f, seen: vec4<bool>) -> Weighed {
  let weights = select(vec4f(), exp_four(scores - top) * share, seen);
  return Weighed(weights, weights * (d_weights - mean));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let index = flat(group) * 64u + thread;
  if (index >= count(0u)) { return; }
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
  let k = q + width;
  let v = k + width;
  let d_y = place(1u, group.z) + sequence * length * width + head * size;
  let rows = place(3u, group.z) + (sequence * heads + head) * length * 3u;
  let d_qkv = place(2u, group.z) + start + own * columns + first;
  let left = size - first;
  let scale = number(0u);

  if (index < count(5u)) {
    var d_q = mat4x4f();
    let top = vec4f(load(rows + own * 3u));
    let share = vec4f(load(rows + own * 3u + 1u));
    let mean = vec4f(load(rows + own * 3u + 2u));
    for (var j = 0u; j <= own; j += 4u) {
      let key = vec4u(j, j + 1u, j + 2u, j + 3u);
      let row = min(key, vec4u(own)) * columns;
      let scores = four_dots(q + own * columns, k + row, size) * scale;
      let d_weights = four_dots(d_y + own * width, v + row, size);
      let weighed = weigh(scores, d_weights, top, share, mean, key <= vec4u(own));
      d_q += weighted_sum(k + row + first, weighed.d_scores, left);
    }
    store_channels(d_qkv, left, scale * d_q);
    return;
  }

  var d_k = mat4x4f();
  var d_v = mat4x4f();
  for (var i = own; i < length; i += 4u) {
    let query = vec4u(i, i + 1u, i + 2u, i + 3u);
    let row = min(query, vec4u(length - 1u));
    let scores = four_dots(k + own * columns, q + row * columns, size) * scale;
    let d_weights = four_dots(v + own * columns, d_y + row * width, size);
    let at = rows + row * 3u;
    let top = vec4f(load(at.x), load(at.y), load(at.z), load(at.w));
    let share = vec4f(load(at.x + 1u), load(at.y + 1u), load(at.z + 1u), load(at.w + 1u));
    let mean = vec4f(load(at.x + 2u), load(at.y + 2u), load(at.z + 2u), load(at.w + 2u));
    let weighed = weigh(scores, d_weights, top, share, mean, query < vec4u(length));
    d_k += weighted_sum(q + row * columns + first, weighed.d_scores, left);
    d_v += weighted_sum(d_y + row * width + first, weighed.weights, left);
  }
  store_channels(d_qkv + width, left, scale * d_k);
  store_channels(d_qkv + 2u * width, left, d_v);
}
