// What `attention_grad` needs of each row of scores: their maximum, 1 / sum of exponentials, and the mean of dWeight
// under the weights. operands qkv, dY, rows [S,heads,length,3]; counts: threads, length, heads, head size; number: scale
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let index = flat(group) * 64u + thread;
  if (index >= count(0u)) { return; }
  let length = count(1u);
  let heads = count(2u);
  let size = count(3u);
  let i = index % length;
  let head = index / length % heads;
  let start = index / (length * heads) * length;
  let width = heads * size;
  let k = place(0u, group.z) + start * 3u * width + width + head * size;
  let q = k + i * 3u * width - width;
  let d_y = place(1u, group.z) + (start + i) * width + head * size;

  var top = -HUGE;
  var total = 0.0;
  var mean = 0.0;
  for (var j = 0u; j <= i; j += 4u) {
    let key = vec4u(j, j + 1u, j + 2u, j + 3u);
    let seen = key <= vec4u(i);
    let row = min(key, vec4u(i)) * 3u * width;
    let scores = select(vec4f(-HUGE), four_dots(q, k + row, size) * number(0u), seen);
    let d_weights = four_dots(d_y, k + width + row, size);
    let before = top;
    top = max(top, max(max(scores.x, scores.y), max(scores.z, scores.w)));
    let fade = exp_safe(before - top);
    let weights = exp_four(scores - top);
    total = total * fade + dot(weights, vec4f(1.0));
    mean = mean * fade + dot(weights, d_weights);
  }
  let row = place(2u, group.z) + index * 3u;
  store(row, top);
  store(row + 1u, 1.0 / total);
  store(row + 2u, mean / total);
}
