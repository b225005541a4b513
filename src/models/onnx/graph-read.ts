/** The graph of an ONNX file: its nodes, each of which may read only what is there before it. */
import { EXPORT_AGAIN, named, refuse } from './mistake.ts';
import { quoted } from '../checkpoint/mistake.ts';
import { ATTRIBUTE, GRAPH, NODE } from './schema.ts';
import { LONGEST_NAME, readTensor, readValue, type OnnxTensor, type OnnxValue } from './tensor-read.ts';
import { fieldsOf, type Range } from './wire-read.ts';

export interface OnnxGraph {
  /** Those that must be given: an initialiser of the same name is a default. */
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  initialisers: OnnxTensor[];
  nodes: number;
  /** How often each operator occurs, subgraphs included; its domain stands before it unless it is ONNX's own. */
  operators: ReadonlyMap<string, number>;
}

/** Bounds of what is read at all: a real model of a size that runs in a page is far below them. */
const MOST = { nodes: 100_000, tensors: 100_000, nesting: 8, node: 10_000 } as const;
const TOO_BIG = 'Choose a smaller model.';

/** Domains whose operators onnxruntime-web has. */
const DOMAINS = ['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft'];

/** Counted over the whole file, subgraphs included. */
interface Tally {
  nodes: number;
  tensors: number;
  operators: Map<string, number>;
}

interface Node {
  /** `node 3 (Gemm "logits")`. */
  at: string;
  inputs: string[];
  outputs: string[];
  subgraphs: Range[];
}

/** Throws InvalidInputError. */
export function readGraph(range: Range): OnnxGraph {
  const tally: Tally = { nodes: 0, tensors: 0, operators: new Map() };
  const graph = walk(range, 'graph', null, 0, tally);
  const given = new Set(graph.initialisers.map(({ name }) => name));
  const inputs = graph.inputs.filter(({ name }) => !given.has(name));
  return { ...graph, inputs, nodes: tally.nodes, operators: tally.operators };
}

type Parts = Pick<OnnxGraph, 'inputs' | 'outputs' | 'initialisers'>;

/** Tensors that a node may read: those of its graph, and of the graphs around it (never copied: there may be many). */
interface Scope {
  names: Set<string>;
  outer: Scope | null;
}

const has = (scope: Scope | null, name: string): boolean =>
  scope !== null && (scope.names.has(name) || has(scope.outer, name));

function walk(range: Range, at: string, outer: Scope | null, depth: number, tally: Tally): Parts {
  if (depth > MOST.nesting) {
    const expected = `graphs within graphs at most ${MOST.nesting} deep`;
    throw refuse(
      'nesting',
      at,
      expected,
      'a deeper one',
      'Export the model without nested loops and branches.',
    );
  }
  const { nodes, inputs, outputs, initialisers } = partsOf(range, at, tally);
  if (outputs.length === 0) {
    const cure = 'Export it again and name its outputs: the tensors that running it gives.';
    throw refuse('no-outputs', at, 'at least one output', 'none', cure);
  }
  const scope: Scope = { names: new Set([...inputs, ...initialisers].map(({ name }) => name)), outer };
  const later = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node.at] as const)));
  const made = new Set(initialisers.map(({ name }) => name));
  for (const node of nodes) {
    for (const name of node.inputs) if (!has(scope, name)) throw unmade(node.at, name, later.get(name));
    for (const subgraph of node.subgraphs) walk(subgraph, `${node.at}, subgraph`, scope, depth + 1, tally);
    for (const name of node.outputs) {
      if (made.has(name)) {
        const expected = `to be the only one that makes ${named('tensor', name)}`;
        throw refuse('made-twice', node.at, expected, 'another before it', EXPORT_AGAIN);
      }
      made.add(name);
      scope.names.add(name);
    }
  }
  for (const { name } of outputs)
    if (!has(scope, name)) throw unmade(`${at}, output ${named('tensor', name)}`, name, undefined);
  return { inputs, outputs, initialisers };
}

function unmade(at: string, name: string, later: string | undefined): Error {
  const expected = `${named('tensor', name)} to be made before it is read`;
  const received = later === undefined ? 'no node that makes it' : `${later}, which comes later or waits for it: a circle`; // prettier-ignore
  return refuse(later === undefined ? 'missing-tensor' : 'circle', at, expected, received, EXPORT_AGAIN);
}

function partsOf(range: Range, at: string, tally: Tally): Parts & { nodes: Node[] } {
  const parts = { nodes: [] as Node[], inputs: [] as OnnxValue[], outputs: [] as OnnxValue[], initialisers: [] as OnnxTensor[] }; // prettier-ignore
  for (const field of fieldsOf(range, at)) {
    switch (field.number) {
      case GRAPH.node:
        countUp(tally, 'nodes', at);
        parts.nodes.push(readNode(field.range('node'), at, parts.nodes.length, tally));
        break;
      case GRAPH.initializer:
        countUp(tally, 'tensors', at);
        parts.initialisers.push(readTensor(field.range('initializer'), `${at}, initialiser ${parts.initialisers.length}`)); // prettier-ignore
        break;
      case GRAPH.input:
        countUp(tally, 'tensors', at);
        parts.inputs.push(readValue(field.range('input'), `${at}, input ${parts.inputs.length}`));
        break;
      case GRAPH.output:
        countUp(tally, 'tensors', at);
        parts.outputs.push(readValue(field.range('output'), `${at}, output ${parts.outputs.length}`));
        break;
      case GRAPH.sparseInitializer:
        throw refuse(
          'sparse',
          at,
          'dense tensors',
          'a sparse initialiser',
          'Export the model with dense weights.',
        );
      default:
    }
  }
  unique(parts.inputs, `${at}, inputs`);
  unique(parts.outputs, `${at}, outputs`);
  unique(parts.initialisers, `${at}, initialisers`);
  return parts;
}

function countUp(tally: Tally, what: 'nodes' | 'tensors', at: string): void {
  tally[what]++;
  if (tally[what] > MOST[what])
    throw refuse('too-many', at, `at most ${MOST[what]} ${what}`, 'more', TOO_BIG);
}

function unique(list: readonly { name: string }[], at: string): void {
  const seen = new Set<string>();
  for (const { name } of list) {
    if (seen.has(name))
      throw refuse('name-twice', at, `one ${named('tensor', name)}`, 'two of that name', EXPORT_AGAIN);
    seen.add(name);
  }
}

function readNode(range: Range, at: string, index: number, tally: Tally): Node {
  const node: Node = { at: `${at}, node ${index}`, inputs: [], outputs: [], subgraphs: [] };
  const attributes: Range[] = [];
  let [name, op, domain] = ['', '', ''];
  for (const field of fieldsOf(range, node.at)) {
    if (field.number === NODE.input) node.inputs.push(field.text('input', LONGEST_NAME));
    else if (field.number === NODE.output) node.outputs.push(field.text('output', LONGEST_NAME));
    else if (field.number === NODE.name) name = field.text('name', LONGEST_NAME);
    else if (field.number === NODE.opType) op = field.text('op_type', LONGEST_NAME);
    else if (field.number === NODE.domain) domain = field.text('domain', LONGEST_NAME);
    else if (field.number === NODE.attribute) attributes.push(field.range('attribute'));
    if (node.inputs.length + node.outputs.length + attributes.length > MOST.node)
      throw refuse(
        'too-many',
        node.at,
        `at most ${MOST.node} inputs, outputs and attributes`,
        'more',
        TOO_BIG,
      );
  }
  // an empty name is an optional tensor that is left out
  node.inputs = node.inputs.filter((input) => input !== '');
  node.outputs = node.outputs.filter((output) => output !== '');
  if (op === '') throw refuse('operator', node.at, 'the name of an operator', 'nothing', EXPORT_AGAIN);
  node.at = `${node.at} (${op}${name === '' ? '' : ` ${quoted(name)}`})`.slice(0, 200);
  if (!DOMAINS.includes(domain)) {
    const cure =
      'Export the model with operators of ONNX alone; those of other libraries do not run in a page.';
    throw refuse(
      'domain',
      node.at,
      `an operator of ${DOMAINS.slice(1).join(', ')}`,
      named('domain', domain),
      cure,
    );
  }
  const key = DOMAINS.indexOf(domain) < 2 ? op : `${domain}.${op}`;
  tally.operators.set(key, (tally.operators.get(key) ?? 0) + 1);
  for (const attribute of attributes) readAttribute(attribute, node, tally);
  return node;
}

function readAttribute(range: Range, node: Node, tally: Tally): void {
  for (const field of fieldsOf(range, `${node.at}, attribute`)) {
    if (field.number === ATTRIBUTE.tensor || field.number === ATTRIBUTE.tensors) {
      countUp(tally, 'tensors', node.at);
      readTensor(field.range('tensor'), `${node.at}, its tensor`);
    } else if (field.number === ATTRIBUTE.graph || field.number === ATTRIBUTE.graphs) {
      node.subgraphs.push(field.range('graph'));
    } else if (field.number === ATTRIBUTE.sparseTensor || field.number === ATTRIBUTE.sparseTensors) {
      throw refuse(
        'sparse',
        node.at,
        'dense tensors',
        'a sparse one',
        'Export the model with dense weights.',
      );
    }
  }
}
