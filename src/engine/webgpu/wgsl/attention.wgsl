// Causal softmax attention: a workgroup takes a block of queries of one head of one sequence. Scores stay in workgroup
// memory; keys and values come through the cache. Every barrier stands outside of every branch.
// operands qkv, y; counts: workgroups, length, heads, head size, queries a block (power of two), blocks; number: scale
var<workgroup> query: array<f32, 512>;
var<workgroup> scores: array<f32, 2048>;
var<workgroup> tops: array<f32, 64>;
var<workgroup> totals: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  if (flat(group) >= count(0u)) { return; }
  let length = count(1u);
  let heads = count(2u);
  let size = count(3u);
  let queries = count(4u);
  let i0 = flat(group) % count(5u) * queries;
  let head = flat(group) / count(5u) % heads;
  let first = flat(group) / (count(5u) * heads) * length;
  let columns = 3u * heads * size;
  let q = place(0u, group.z) + first * columns + head * size;
  let k = q + heads * size;
  let v = k + heads * size;

  for (var e = thread; e < queries * size; e += 64u) {
    if (i0 + e / size < length) { query[e] = load(q + (i0 + e / size) * columns + e % size); }
  }
  workgroupBarrier();

  let keys = min(length, i0 + queries);
  for (var e = thread; e < queries * keys; e += 64u) {
    let r = e / keys;
    let j = e % keys;
    if (j <= i0 + r) {
      var dot = 0.0;
      for (var c = 0u; c < size; c++) { dot += query[r * size + c] * load(k + j * columns + c); }
      scores[r * length + j] = dot * number(0u);
    }
  }
  workgroupBarrier();

  let lanes = 64u / queries;
  let r = thread / lanes;
  let end = select(0u, i0 + r + 1u, i0 + r < length);
  var top = -HUGE;
  for (var j = thread % lanes; j < end; j += lanes) { top = max(top, scores[r * length + j]); }
  tops[thread] = top;
  workgroupBarrier();
  for (var l = 0u; l < lanes; l++) { top = max(top, tops[r * lanes + l]); }
  var total = 0.0;
  for (var j = thread % lanes; j < end; j += lanes) {
    let weight = exp_safe(scores[r * length + j] - top);
    scores[r * length + j] = weight;
    total += weight;
  }
  totals[thread] = total;
  workgroupBarrier();

  for (var e = thread; e < queries * size; e += 64u) {
    let row = e / size;
    let i = i0 + row;
    if (i < length) {
      var sum = 0.0;
      for (var j = 0u; j <= i; j++) { sum += scores[row * length + j] * load(v + j * columns + e % size); }
      var weights = 0.0;
      for (var l = 0u; l < lanes; l++) { weights += totals[row * lanes + l]; }
      store(place(1u, group.z) + (first + i) * heads * size + head * size + e % size, sum / weights);
    }
  }
}
