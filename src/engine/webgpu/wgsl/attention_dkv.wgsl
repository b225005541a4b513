// dK and dV of causal attention for a block of keys; each score is computed as `attention_dq` computed it.
// operands qkv, dY, dQkv, rows [S,heads,length,3]; counts and number as in `attention`, with keys for queries
var<workgroup> key: array<f32, 256>;
var<workgroup> value: array<f32, 256>;
var<workgroup> weights: array<f32, 1024>;
var<workgroup> d_scores: array<f32, 1024>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  if (flat(group) >= count(0u)) { return; }
  let length = count(1u);
  let heads = count(2u);
  let size = count(3u);
  let keys = count(4u);
  let j0 = flat(group) % count(5u) * keys;
  let head = flat(group) / count(5u) % heads;
  let sequence = flat(group) / (count(5u) * heads);
  let width = heads * size;
  let columns = 3u * width;
  let start = sequence * length * columns + head * size;
  let q = place(0u, group.z) + start;
  let k = q + width;
  let v = k + width;
  let d_y = place(1u, group.z) + sequence * length * width + head * size;
  let rows = place(3u, group.z) + (sequence * heads + head) * length * 3u;

  for (var e = thread; e < keys * size; e += 64u) {
    let j = j0 + e / size;
    if (j < length) {
      key[e] = load(k + j * columns + e % size);
      value[e] = load(v + j * columns + e % size);
    }
  }
  workgroupBarrier();

  // queries before the block's first key see none of it
  let span = length - j0;
  for (var e = thread; e < keys * span; e += 64u) {
    let r = e / span;
    let i = j0 + e % span;
    var weight = 0.0;
    var d_score = 0.0;
    if (i >= j0 + r) {
      var dot = 0.0;
      var d_weight = 0.0;
      for (var c = 0u; c < size; c++) {
        dot += load(q + i * columns + c) * key[r * size + c];
        d_weight += load(d_y + i * width + c) * value[r * size + c];
      }
      weight = exp_safe(dot * number(0u) - load(rows + i * 3u)) * load(rows + i * 3u + 1u);
      d_score = weight * (d_weight - load(rows + i * 3u + 2u));
    }
    weights[r * span + e % span] = weight;
    d_scores[r * span + e % span] = d_score;
  }
  workgroupBarrier();

  let d_k = place(2u, group.z) + start + width;
  for (var e = thread; e < keys * size; e += 64u) {
    let r = e / size;
    let c = e % size;
    if (j0 + r < length) {
      var sum_k = 0.0;
      var sum_v = 0.0;
      for (var n = r; n < span; n++) {
        sum_k += d_scores[r * span + n] * load(q + (j0 + n) * columns + c);
        sum_v += weights[r * span + n] * load(d_y + (j0 + n) * width + c);
      }
      store(d_k + (j0 + r) * columns + c, sum_k * number(0u));
      store(d_k + width + (j0 + r) * columns + c, sum_v);
    }
  }
}
