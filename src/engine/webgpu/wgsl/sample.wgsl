// The arg-max of logits / temperature + Gumbel noise, a workgroup a row; equal sums give the smaller word.
// operands logits [S,V], row, key, position, temperature, y; counts: S, V
var<workgroup> best_score: array<f32, 64>;
var<workgroup> best_word: array<u32, 64>;

// -log(-log(u)), u = (x + 1/2) / 2^23 for 23 random bits; near u = 1 from 1 - u, which is exact
fn gumbel(bits: u32) -> f32 {
  let x = f32(bits >> 9u);
  let u = (x + 0.5) / 8388608.0;
  let rest = (8388607.5 - x) / 8388608.0;
  return -ln(-select(ln(u), log1p(-rest), rest < 0.25));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let s = flat(group);
  if (s >= count(0u)) { return; }
  let n = count(1u);
  let logits = place(0u, group.z) + s * n;
  let at_key = place(2u, group.z);
  let key = vec2u(mem[at_key], mem[at_key + 1u]);
  let row = mem[place(1u, group.z) + s];
  let position = mem[place(3u, group.z)];
  let temperature = load(place(4u, group.z));
  var score = -HUGE;
  var word = n;
  for (var four = thread; four * 4u < n; four += 64u) {
    var noise = vec4f();
    if (temperature > 0.0) {
      let bits = philox(vec4u(four, position, row, 0u), key);
      noise = vec4f(gumbel(bits.x), gumbel(bits.y), gumbel(bits.z), gumbel(bits.w));
    }
    for (var lane = 0u; lane < min(4u, n - four * 4u); lane++) {
      var mine = load(logits + four * 4u + lane);
      if (temperature > 0.0) { mine = mine / temperature + noise[lane]; }
      if (mine > score || word == n) {
        score = mine;
        word = four * 4u + lane;
      }
    }
  }
  best_score[thread] = score;
  best_word[thread] = word;
  workgroupBarrier();
  if (thread != 0u) { return; }
  for (var t = 1u; t < 64u; t++) {
    let better = best_score[t] > score || (best_score[t] == score && best_word[t] < word);
    if (best_word[t] < n && better) {
      score = best_score[t];
      word = best_word[t];
    }
  }
  mem[place(5u, group.z) + s] = word;
}
