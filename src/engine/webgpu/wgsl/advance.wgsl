// Writes the sampled words after the position, then moves it on; one workgroup.
// operands tokens [S,T], position, sampled, promptLength; counts: S, T, eos, pad
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let length = count(1u);
  let at_position = place(1u, group.z);
  let position = mem[at_position];
  storageBarrier();
  if (thread == 0u) { mem[at_position] = position + 1u; }
  if (position + 1u >= length) { return; }
  for (var s = thread; s < count(0u); s += 64u) {
    let prompt = mem[place(3u, group.z) + s];
    if (position + 1u >= prompt) {
      let token = place(0u, group.z) + s * length + position;
      let current = mem[token];
      let over = position >= prompt && (current == count(2u) || current == count(3u));
      mem[token + 1u] = select(mem[place(2u, group.z) + s], count(3u), over);
    }
  }
}
