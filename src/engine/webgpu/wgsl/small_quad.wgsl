// As small.wgsl, for devices on the CPU: one subgroup of four threads takes the steps in turn.

// y[row] = sum of row `row`, a thread each
fn sum_rows(description: u32, replica: u32, thread: u32) {
  let head = args[description];
  let x = args[description + 1u].x + replica * args[description + 1u].y;
  let y = args[description + 2u].z + replica * args[description + 2u].w;
  for (var row = thread; row < head.y; row += 4u) {
    var sum = 0.0;
    for (var j = 0u; j < head.z; j++) { sum += load(x + row * head.z + j); }
    store(y + row, sum);
  }
}

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  for (var turn = 1u; turn <= args[0].x; turn++) {
    let description = 4u * turn;
    if (args[description].x == SUM) {
      sum_rows(description, group.z, thread);
    } else {
      for (var i = thread; i < args[description].y; i += 4u) { compute_element(description, group.z, i); }
    }
    storageBarrier();
  }
}
