// y[r] = sum of the rows x[m] with index[m] = r, in a fixed order and without atomics: a workgroup owns 64 columns of one
// row of y; each thread marks its matches among up to 32 indices, then all walk the marks together.
// operands index, x, y; counts: workgroups, M, width, column blocks a row
var<workgroup> marks: array<u32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  if (flat(group) >= count(0u)) { return; }
  let size = count(1u);
  let width = count(2u);
  let row = flat(group) / count(3u);
  let column = flat(group) % count(3u) * 64u + thread;
  let index = place(0u, group.z);
  let x = place(1u, group.z) + column;
  var sum = 0.0;
  for (var first = 0u; first < size; first += 2048u) {
    var mine = 0u;
    for (var b = 0u; b < 32u; b++) {
      let m = first + b * 64u + thread;
      if (m >= size) { break; }
      if (mem[index + m] == row) { mine |= 1u << b; }
    }
    marks[thread] = mine;
    workgroupBarrier();
    if (column < width) {
      for (var t = 0u; t < 64u; t++) {
        var left = marks[t];
        while (left != 0u) {
          sum += load(x + (first + firstTrailingBit(left) * 64u + t) * width);
          left &= left - 1u;
        }
      }
    }
    workgroupBarrier();
  }
  if (column < width) { store(place(2u, group.z) + row * width + column, sum); }
}
