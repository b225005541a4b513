// Gradients of `token` with respect to logits, a row each.
// operands p, target or q, dY, dLogits; counts: rows, words, what WHAT is:
//   0 log-prob: d (onehot - p)   1 entropy: -d p (log p + H)   2 KL, by p: d p (log p - log q - KL)   3 KL, by q: d (q - p)
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = flat(group) * ROWS + thread / LANES;
  let n = count(1u);
  let end = select(0u, n, row < count(0u));
  let p = place(0u, group.z) + row * n;
  let q = place(1u, group.z) + row * n;
  let start = thread % LANES;

  var top = -HUGE;
  for (var j = start; j < end; j += LANES) { top = max(top, load(p + j)); }
  top = lane_max(top, thread);
  var top_q = -HUGE;
  var total_q = 1.0;
  if (WHAT >= 2u) {
    for (var j = start; j < end; j += LANES) { top_q = max(top_q, load(q + j)); }
    top_q = lane_max(top_q, thread);
    var sum = 0.0;
    for (var j = start; j < end; j += LANES) { sum += exp_safe(load(q + j) - top_q); }
    total_q = lane_sum(sum, thread);
  }
  var total = 0.0;
  var weighted = 0.0;
  for (var j = start; j < end; j += LANES) {
    let x = load(p + j) - top;
    let e = exp_safe(x);
    total += e;
    if (WHAT == 1u) { weighted += e * x; }
    if (WHAT == 2u) { weighted += e * (x - (load(q + j) - top_q)); }
  }
  total = lane_sum(total, thread);
  // mean under p of what stands in the bracket, the normalisers apart (they cancel)
  let mean = lane_sum(weighted, thread) / total;
  if (end == 0u) { return; }

  let d = load(place(2u, group.z) + row);
  let target_word = mem[place(1u, group.z) + select(0u, row, WHAT == 0u)];
  let d_p = place(3u, group.z) + row * n;
  for (var j = start; j < end; j += LANES) {
    let x = load(p + j) - top;
    let share = exp_safe(x) / total;
    var y = 0.0;
    if (WHAT == 0u) { y = select(0.0, 1.0, j == target_word) - share; }
    if (WHAT == 1u) { y = -share * (x - mean); }
    if (WHAT >= 2u) {
      let x_q = load(q + j) - top_q;
      if (WHAT == 2u) { y = share * (x - x_q - mean); } else { y = exp_safe(x_q) / total_q - share; }
    }
    store(d_p + j, d * y);
  }
}
