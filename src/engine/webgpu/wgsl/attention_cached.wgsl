// Attention of one query over the cached positions 0 .. position; a workgroup a sequence and head.
// operands qkv [S,3D], cache [S,Tmax,2D], position, y [S,D]; counts: workgroups, Tmax, heads, head size; number: scale
// POSITIONS: Tmax, rounded up; sources.ts writes it in
var<workgroup> scores: array<f32, POSITIONS>;
var<workgroup> lane_values: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  if (flat(group) >= count(0u)) { return; }
  let heads = count(2u);
  let size = count(3u);
  let s = flat(group) / heads;
  let head = flat(group) % heads;
  let width = heads * size;
  let keys = min(mem[place(2u, group.z)], count(1u) - 1u) + 1u;
  let q = place(0u, group.z) + s * 3u * width + head * size;
  let cache = place(1u, group.z) + s * count(1u) * 2u * width + head * size;

  var top = -HUGE;
  for (var j = thread; j < keys; j += 64u) {
    var dot = 0.0;
    for (var c = 0u; c < size; c++) { dot += load(q + c) * load(cache + j * 2u * width + c); }
    scores[j] = dot * number(0u);
    top = max(top, scores[j]);
  }
  lane_values[thread] = top;
  workgroupBarrier();
  for (var l = 0u; l < 64u; l++) { top = max(top, lane_values[l]); }
  workgroupBarrier();
  var total = 0.0;
  for (var j = thread; j < keys; j += 64u) {
    let weight = exp_safe(scores[j] - top);
    scores[j] = weight;
    total += weight;
  }
  lane_values[thread] = total;
  workgroupBarrier();
  total = 0.0;
  for (var l = 0u; l < 64u; l++) { total += lane_values[l]; }
  for (var c = thread; c < size; c += 64u) {
    var sum = 0.0;
    for (var j = 0u; j < keys; j++) { sum += scores[j] * load(cache + j * 2u * width + width + c); }
    store(place(3u, group.z) + s * width + head * size + c, sum / total);
  }
}
