// As attention_rows.wgsl, for devices on the CPU: four threads take four neighbouring queries.
// operands qkv, dY, rows [S,heads,length,3]; counts: workgroups, length, heads, head size; number: scale
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  if (flat(group) >= count(0u)) { return; }
  let length = count(1u);
  let heads = count(2u);
  let size = count(3u);
  let quads = (length + 3u) / 4u;
  let first = flat(group) % quads * 4u;
  let head = flat(group) / quads % heads;
  let sequence = flat(group) / (quads * heads);
  let start = sequence * length;
  let i = min(first + lane, length - 1u);
  let width = heads * size;
  let k = place(0u, group.z) + start * 3u * width + width + head * size;
  let q = k + i * 3u * width - width;
  let d_y = place(1u, group.z) + (start + i) * width + head * size;

  var top = -HUGE;
  var total = 0.0;
  var mean = 0.0;
  for (var j = 0u; j <= first; j += 4u) {
    let key = k + min(j + lane, length - 1u) * 3u * width;
    let seen = vec4u(j, j + 1u, j + 2u, j + 3u) <= vec4u(i);
    let scores = select(vec4f(-HUGE), quad_dots(q, key, size) * number(0u), seen);
    let d_weights = quad_dots(d_y, key + width, size);
    let before = top;
    top = max(top, max(max(scores.x, scores.y), max(scores.z, scores.w)));
    let fade = exp_safe(before - top);
    let weights = exp_four(scores - top);
    total = total * fade + dot(weights, vec4f(1.0));
    mean = mean * fade + dot(weights, d_weights);
  }
  if (first + lane >= length) { return; }
  let row = place(2u, group.z) + ((sequence * heads + head) * length + i) * 3u;
  store(row, top);
  store(row + 1u, 1.0 / total);
  store(row + 2u, mean / total);
}
