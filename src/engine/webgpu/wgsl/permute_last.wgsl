// In each row y[i] = x[index[i]], or its inverse y[index[i]] = x[i].
// operands x, index, y; counts: elements, n, 1 for the inverse
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let here = flat(group) * 64u + thread;
  if (here >= count(0u)) { return; }
  let n = count(1u);
  let there = here - here % n + min(mem[place(1u, group.z) + here], n - 1u);
  let inverse = count(2u) == 1u;
  mem[place(2u, group.z) + select(here, there, inverse)] = mem[place(0u, group.z) + select(there, here, inverse)];
}
