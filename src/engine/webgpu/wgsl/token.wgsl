// One number a row of logits: log p(target), entropy, KL to a second row of logits, or the sum of p^2. No softmax
// is stored.
// operands p, target or q, y; counts: rows, words, what WHAT is (0 log-prob, 1 entropy, 2 KL, 3 sum of p^2)
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = flat(group) * ROWS + thread / LANES;
  let n = count(1u);
  let end = select(0u, n, row < count(0u));
  let p = place(0u, group.z) + row * n;
  let second = place(1u, group.z);
  let start = thread % LANES;

  var top = -HUGE;
  for (var j = start; j < end; j += LANES) { top = max(top, load(p + j)); }
  top = lane_max(top, thread);
  var top_q = -HUGE;
  var total_q = 0.0;
  if (WHAT == 2u) {
    let q = second + row * n;
    for (var j = start; j < end; j += LANES) { top_q = max(top_q, load(q + j)); }
    top_q = lane_max(top_q, thread);
    for (var j = start; j < end; j += LANES) { total_q += exp_safe(load(q + j) - top_q); }
    total_q = lane_sum(total_q, thread);
  }
  var total = 0.0;
  var weighted = 0.0;
  for (var j = start; j < end; j += LANES) {
    let x = load(p + j) - top;
    let e = exp_safe(x);
    total += e;
    if (WHAT == 1u) { weighted += e * x; }
    if (WHAT == 3u) { weighted += e * e; }
    if (WHAT == 2u) { weighted += e * (x - (load(second + row * n + j) - top_q)); }
  }
  total = lane_sum(total, thread);
  weighted = lane_sum(weighted, thread);
  if (start != 0u || end == 0u) { return; }
  var y = 0.0;
  if (WHAT == 0u) { y = load(p + min(mem[second + row], n - 1u)) - top - ln(total); }
  if (WHAT == 1u) { y = ln(total) - weighted / total; }
  if (WHAT == 2u) { y = weighted / total - ln(total) + ln(total_q); }
  if (WHAT == 3u) { y = weighted / (total * total); }
  store(place(2u, group.z) + row, y);
}
