// Causal softmax attention: a thread takes one query of one head and up to sixteen channels of its result, with a running
// maximum. operands qkv, y; counts: threads, length, heads, head size, channel groups a head; number: scale
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let index = flat(group) * 64u + thread;
  if (index >= count(0u)) { return; }
  let length = count(1u);
  let heads = count(2u);
  let size = count(3u);
  let i = index % length;
  let first = index / length % count(4u) * 16u;
  let head = index / (length * count(4u)) % heads;
  let start = index / (length * count(4u) * heads) * length;
  let width = heads * size;
  let k = place(0u, group.z) + start * 3u * width + width + head * size;
  let q = k + i * 3u * width - width;
  let v = k + width + first;

  var top = -HUGE;
  var total = 0.0;
  var sum = mat4x4f();
  for (var j = 0u; j <= i; j += 4u) {
    let key = vec4u(j, j + 1u, j + 2u, j + 3u);
    let seen = key <= vec4u(i);
    let row = min(key, vec4u(i)) * 3u * width;
    let scores = select(vec4f(-HUGE), four_dots(q, k + row, size) * number(0u), seen);
    let before = top;
    top = max(top, max(max(scores.x, scores.y), max(scores.z, scores.w)));
    let fade = exp_safe(before - top);
    let weights = exp_four(scores - top);
    total = total * fade + dot(weights, vec4f(1.0));
    sum = fade * sum + weighted_sum(v + row, weights, size - first);
  }
  let y = place(1u, group.z) + (start + i) * width + head * size + first;
  store_channels(y, size - first, (1.0 / total) * sum);
}
