// As attention.wgsl and attention_rows.wgsl in one, for devices on the CPU: four threads take four neighbouring queries, and
// four keys at a time. operands qkv, y or rows, dY; counts: workgroups, length, heads, head size of which y is made (0 for
// the rows), head size of which the means in `rows` are made (0 for y), head size; number: scale
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  if (flat(group) >= count(0u)) { return; }
  let length = count(1u);
  let heads = count(2u);
  let size_y = count(3u);
  let size_rows = count(4u);
  let size = count(5u);
  let quads = (length + 3u) / 4u;
  let first = flat(group) % quads * 4u;
  let head = flat(group) / quads % heads;
  let sequence = flat(group) / (quads * heads);
  let start = sequence * length;
  let i = min(first + lane, length - 1u);
  let mine = first + lane < length;
  let width = heads * size;
  let k = place(0u, group.z) + start * 3u * width + width + head * size;
  let q = k + i * 3u * width - width;
  let result = (start + i) * width + head * size;
  let y = place(1u, group.z) + result;
  let d_y = place(2u, group.z) + result;

  clear(y, size_y, mine);
  var top = -HUGE;
  var total = 0.0;
  var mean = 0.0;
  for (var j = 0u; j <= first; j += 4u) {
    let key = k + min(j + lane, length - 1u) * 3u * width;
    let seen = vec4u(j, j + 1u, j + 2u, j + 3u) <= vec4u(i);
    let scores = select(vec4f(-HUGE), quad_dots(q, key, size) * number(0u), seen);
    let d_weights = quad_dots(d_y, key + width, size_rows);
    let before = top;
    top = max(top, max(max(scores.x, scores.y), max(scores.z, scores.w)));
    let fade = exp_safe(before - top);
    let weights = exp_four(scores - top);
    total = total * fade + dot(weights, vec4f(1.0));
    mean = mean * fade + dot(weights, d_weights);
    quad_add(y, fade, weights, key + width, size_y, mine);
  }
  scale(y, 1.0 / total, size_y, mine);
  if (!mine || size_rows == 0u) { return; }
  let row = place(1u, group.z) + ((sequence * heads + head) * length + i) * 3u;
  store(row, top);
  store(row + 1u, 1.0 / total);
  store(row + 2u, mean / total);
}
