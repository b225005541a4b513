// dQ of causal attention for a block of queries, and what `attention_dkv` needs of each row of scores: their maximum,
// 1 / sum of exponentials, and the weights' mean of dWeight.
// operands qkv, dY, dQkv, rows [S,heads,length,3]; counts and number as in `attention`
var<workgroup> query: array<f32, 256>;
var<workgroup> d_out: array<f32, 256>;
var<workgroup> weights: array<f32, 1024>;
var<workgroup> d_weights: array<f32, 1024>;
var<workgroup> lane_a: array<f32, 64>;
var<workgroup> lane_b: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  if (flat(group) >= count(0u)) { return; }
  let length = count(1u);
  let heads = count(2u);
  let size = count(3u);
  let queries = count(4u);
  let i0 = flat(group) % count(5u) * queries;
  let head = flat(group) / count(5u) % heads;
  let sequence = flat(group) / (count(5u) * heads);
  let width = heads * size;
  let columns = 3u * width;
  let q = place(0u, group.z) + sequence * length * columns + head * size;
  let k = q + width;
  let v = k + width;
  let d_y = place(1u, group.z) + sequence * length * width + head * size;

  for (var e = thread; e < queries * size; e += 64u) {
    let i = i0 + e / size;
    if (i < length) {
      query[e] = load(q + i * columns + e % size);
      d_out[e] = load(d_y + i * width + e % size);
    }
  }
  workgroupBarrier();

  let keys = min(length, i0 + queries);
  for (var e = thread; e < queries * keys; e += 64u) {
    let row = e / keys;
    let j = e % keys;
    if (j <= i0 + row) {
      var dot = 0.0;
      var d_weight = 0.0;
      for (var c = 0u; c < size; c++) {
        dot += query[row * size + c] * load(k + j * columns + c);
        d_weight += d_out[row * size + c] * load(v + j * columns + c);
      }
      weights[row * length + j] = dot * number(0u);
      d_weights[row * length + j] = d_weight;
    }
  }
  workgroupBarrier();

  let lanes = 64u / queries;
  let r = thread / lanes;
  let end = select(0u, i0 + r + 1u, i0 + r < length);
  var top = -HUGE;
  for (var j = thread % lanes; j < end; j += lanes) { top = max(top, weights[r * length + j]); }
  lane_a[thread] = top;
  workgroupBarrier();
  for (var l = 0u; l < lanes; l++) { top = max(top, lane_a[r * lanes + l]); }
  workgroupBarrier();
  var total = 0.0;
  var mean = 0.0;
  for (var j = thread % lanes; j < end; j += lanes) {
    let weight = exp_safe(weights[r * length + j] - top);
    weights[r * length + j] = weight;
    total += weight;
    mean += weight * d_weights[r * length + j];
  }
  lane_a[thread] = total;
  lane_b[thread] = mean;
  workgroupBarrier();
  total = 0.0;
  mean = 0.0;
  for (var l = 0u; l < lanes; l++) {
    total += lane_a[r * lanes + l];
    mean += lane_b[r * lanes + l];
  }
  if (end > 0u) {
    mean /= total;
    for (var j = thread % lanes; j < end; j += lanes) {
      weights[r * length + j] *= (d_weights[r * length + j] - mean) / total;
    }
    if (thread % lanes == 0u) {
      let row = place(3u, group.z) + ((sequence * heads + head) * length + i0 + r) * 3u;
      store(row, top);
      store(row + 1u, 1.0 / total);
      store(row + 2u, mean);
    }
  }
  workgroupBarrier();

  let d_q = place(2u, group.z) + sequence * length * columns + head * size;
  for (var e = thread; e < queries * size; e += 64u) {
    let i = i0 + e / size;
    if (i < length) {
      var sum = 0.0;
      for (var j = 0u; j <= i; j++) { sum += weights[e / size * length + j] * load(k + j * columns + e % size); }
      store(d_q + i * columns + e % size, sum * number(0u));
    }
  }
}
