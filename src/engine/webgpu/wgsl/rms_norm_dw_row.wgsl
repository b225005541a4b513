// As rms_norm_dw.wgsl, for devices on the CPU: a thread takes 16 rows, and their sum stays in the arena.
// operands x, dY, parts [ceil(rows / 16), columns]; counts: rows, columns; number: eps
@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let part = flat(group) * 16u + thread;
  let n = count(1u);
  let last = min(part * 16u + 16u, count(0u));
  let sum = place(2u, group.z) + part * n;
  for (var row = part * 16u; row < last; row++) {
    let x = place(0u, group.z) + row * n;
    let d_y = place(1u, group.z) + row * n;
    var square = 0.0;
    for (var j = 0u; j < n; j++) { square += load(x + j) * load(x + j); }
    let r = inverseSqrt(square / f32(n) + number(0u));
    for (var j = 0u; j < n; j++) {
      let before = select(load(sum + j), 0.0, row == part * 16u);
      store(sum + j, before + load(d_y + j) * load(x + j) * r);
    }
  }
}
