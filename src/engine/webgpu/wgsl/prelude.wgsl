// Before every kernel: the arena, and the arguments that the plan step left in the uniform buffer.
// The arena holds words, floats by bit pattern, so that no load or store can flush a denormal or quieten a NaN.
@group(0) @binding(0) var<storage, read_write> mem: array<u32>;
// words 0-15: offset and replica stride of 8 operands; 16-39: counts; 40-63: numbers. `each` and `small` differ.
@group(0) @binding(1) var<uniform> args: array<vec4u, 256>;

// Stands for infinity: compilers may assume that there is none.
const HUGE = 3.4e38;
// A dispatch of more than this many workgroups is folded into y; index.ts folds at the same number.
const FOLD = 32768u;

fn flat(group: vec3u) -> u32 { return group.x + group.y * FOLD; }
fn place(operand: u32, replica: u32) -> u32 {
  let pair = args[operand / 2u];
  let mine = select(pair.xy, pair.zw, operand % 2u == 1u);
  return mine.x + replica * mine.y;
}
fn count(i: u32) -> u32 { return args[4u + i / 4u][i % 4u]; }
fn number(i: u32) -> f32 { return bitcast<f32>(args[10u + i / 4u][i % 4u]); }
fn load(i: u32) -> f32 { return bitcast<f32>(mem[i]); }
fn store(i: u32, x: f32) { mem[i] = bitcast<u32>(x); }
