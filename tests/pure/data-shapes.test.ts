/** Every shape of rows, and what it becomes. */
import { describe, expect, it } from 'vitest';
import type { PreferenceText } from '../../src/data/dataset.ts';
import { unpacked } from '../../src/data/read/packed.ts';
import { SHAPES } from '../../src/data/shapes/index.ts';
import { jsonl, read } from '../support/data-files.ts';

const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown) => ({ role: 'assistant', content });
type Texts = Omit<PreferenceText, 'line'>;
const pair = (prompt: string, chosen: string, rejected: string, margin: number | null = null): Texts => ({
  prompt,
  chosen,
  rejected,
  margin,
});

interface Case {
  what: string;
  shape: string;
  rows: object[];
  pairs: Texts[];
  /** Rejected rows by code. */
  reasons?: Record<string, number>;
}

const Q = 'User: Why?\n\nAssistant: ';
const plain = pair('Why?', 'Because.', 'No.');
const conversed = pair(Q, 'Because.', 'No.');

const CASES: readonly Case[] = [
  {
    what: 'TRL, explicit prompt',
    shape: 'explicit prompt',
    rows: [{ prompt: 'Why?', chosen: 'Because.', rejected: 'No.' }],
    pairs: [plain],
  },
  {
    what: 'an empty prompt',
    shape: 'explicit prompt',
    rows: [{ prompt: '', chosen: 'Because.', rejected: 'No.' }],
    pairs: [pair('', 'Because.', 'No.')],
  },
  {
    what: 'axolotl chatml.intel',
    shape: 'explicit prompt',
    rows: [{ system: 'Be kind.', question: 'Why?', chosen: 'Because.', rejected: 'No.' }],
    pairs: [pair('Be kind.\n\nWhy?', 'Because.', 'No.')],
  },
  {
    what: 'axolotl chatml.argilla',
    shape: 'explicit prompt',
    rows: [{ system: '', instruction: 'Why?', chosen_response: 'Because.', rejected_response: 'No.' }],
    pairs: [plain],
  },
  {
    what: 'axolotl chatml.icr',
    shape: 'explicit prompt',
    rows: [{ input: 'Why?', chosen: 'Because.', rejected: 'No.' }],
    pairs: [plain],
  },
  {
    what: 'Alpaca with an input',
    shape: 'explicit prompt',
    rows: [{ instruction: 'Why?', input: 'The sky.', chosen: 'Because.', rejected: 'No.' }],
    pairs: [pair('Why?\n\nThe sky.', 'Because.', 'No.')],
  },
  {
    what: 'stack exchange, paired',
    shape: 'explicit prompt',
    rows: [{ question: 'Why?', response_j: 'Because.', response_k: 'No.' }],
    pairs: [plain],
  },
  {
    what: 'OpenRLHF with a margin',
    shape: 'explicit prompt',
    rows: [{ prompt: 'Why?', chosen: 'Because.', rejected: 'No.', margin: 0.5 }],
    pairs: [pair('Why?', 'Because.', 'No.', 0.5)],
  },
  {
    what: 'a margin that only some rows have',
    shape: 'explicit prompt',
    rows: [
      { prompt: 'Why?', chosen: 'Because.', rejected: 'No.' },
      { prompt: 'Why?', chosen: 'Because.', rejected: 'No!', margin: '2' },
    ],
    pairs: [plain, pair('Why?', 'Because.', 'No!', 2)],
  },
  {
    what: 'ratings of distilabel',
    shape: 'explicit prompt',
    rows: [{ prompt: 'Why?', chosen: 'Because.', rejected: 'No.', chosen_rating: 5, rejected_rating: 2.5 }],
    pairs: [pair('Why?', 'Because.', 'No.', 2.5)],
  },
  {
    what: "Hugging Face's row server",
    shape: 'explicit prompt',
    rows: [
      {
        rows: [
          { row_idx: 0, row: { prompt: 'Why?', chosen: 'Because.', rejected: 'No.' }, truncated_cells: [] },
        ],
      },
    ],
    pairs: [plain],
  },

  {
    what: 'HH-RLHF',
    shape: 'implicit prompt',
    rows: [
      { chosen: '\n\nHuman: Why?\n\nAssistant: Because.', rejected: '\n\nHuman: Why?\n\nAssistant: No.' },
    ],
    pairs: [pair('\n\nHuman: Why?\n\nAssistant: ', 'Because.', 'No.')],
  },
  {
    what: 'HH-RLHF, several turns',
    shape: 'implicit prompt',
    rows: [
      {
        chosen: '\n\nHuman: A\n\nAssistant: B\n\nHuman: C\n\nAssistant: D',
        rejected: '\n\nHuman: A\n\nAssistant: B\n\nHuman: C\n\nAssistant: E',
      },
    ],
    pairs: [pair('\n\nHuman: A\n\nAssistant: B\n\nHuman: C\n\nAssistant: ', 'D', 'E')],
  },
  {
    what: 'HH-RLHF whose answers begin alike',
    shape: 'implicit prompt',
    rows: [
      {
        chosen: '\n\nHuman: A\n\nAssistant: I think so.',
        rejected: '\n\nHuman: A\n\nAssistant: I think not.',
      },
    ],
    pairs: [pair('\n\nHuman: A\n\nAssistant: ', 'I think so.', 'I think not.')],
  },
  {
    what: 'HH-RLHF that parts early',
    shape: 'implicit prompt',
    rows: [
      {
        chosen: '\n\nHuman: A\n\nAssistant: B\n\nHuman: C',
        rejected: '\n\nHuman: A\n\nAssistant: X\n\nHuman: Y',
      },
    ],
    pairs: [pair('\n\nHuman: A\n\nAssistant: ', 'B\n\nHuman: C', 'X\n\nHuman: Y')],
  },
  {
    what: 'ChatML as text',
    shape: 'implicit prompt',
    rows: [
      {
        chosen: '<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\nBecause.',
        rejected: '<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\nNo.',
      },
    ],
    pairs: [pair('<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n', 'Because.', 'No.')],
  },
  {
    what: 'texts that begin alike',
    shape: 'implicit prompt',
    rows: [{ chosen: 'The film was great', rejected: 'The film was grim' }],
    pairs: [pair('The film was ', 'great', 'grim')],
  },
  {
    what: 'texts that have nothing in common',
    shape: 'implicit prompt',
    rows: [{ chosen: 'great', rejected: 'boring' }],
    pairs: [pair('', 'great', 'boring')],
  },
  {
    what: 'a text that goes on where the other ends',
    shape: 'implicit prompt',
    rows: [{ chosen: 'The film was good', rejected: 'The film was good enough' }],
    pairs: [pair('The film was ', 'good', 'good enough')],
  },

  {
    what: 'TRL, conversational, explicit',
    shape: 'conversational',
    rows: [{ prompt: [user('Why?')], chosen: [assistant('Because.')], rejected: [assistant('No.')] }],
    pairs: [conversed],
  },
  {
    what: 'TRL, conversational, implicit',
    shape: 'conversational',
    rows: [{ chosen: [user('Why?'), assistant('Because.')], rejected: [user('Why?'), assistant('No.')] }],
    pairs: [conversed],
  },
  {
    what: 'alignment-handbook',
    shape: 'conversational',
    rows: [
      {
        prompt: 'Why?',
        messages: [user('Why?'), assistant('Because.')],
        chosen: [user('Why?'), assistant('Because.')],
        rejected: [user('Why?'), assistant('No.')],
        score_chosen: 8,
        score_rejected: 6.5,
      },
    ],
    pairs: [{ ...conversed, margin: 1.5 }],
  },
  {
    what: 'a prompt as text, answers as messages',
    shape: 'conversational',
    rows: [{ prompt: 'Why?', chosen: [assistant('Because.')], rejected: [assistant('No.')] }],
    pairs: [conversed],
  },
  {
    what: 'several turns and a system message',
    shape: 'conversational',
    rows: [
      {
        system: 'Be kind.',
        chosen: [user('A'), assistant('B'), user('C'), assistant('D')],
        rejected: [user('A'), assistant('B'), user('C'), assistant('E')],
      },
    ],
    pairs: [pair('System: Be kind.\n\nUser: A\n\nAssistant: B\n\nUser: C\n\nAssistant: ', 'D', 'E')],
  },
  {
    what: 'conversations that part early',
    shape: 'conversational',
    rows: [
      {
        chosen: [user('A'), assistant('B'), user('C'), assistant('D')],
        rejected: [user('A'), assistant('X')],
      },
    ],
    pairs: [pair('User: A\n\nAssistant: ', 'B\n\nUser: C\n\nAssistant: D', 'X')],
  },
  {
    what: 'ShareGPT',
    shape: 'conversational',
    rows: [
      {
        chosen: [
          { from: 'human', value: 'Why?' },
          { from: 'gpt', value: 'Because.' },
        ],
        rejected: [
          { from: 'human', value: 'Why?' },
          { from: 'gpt', value: 'No.' },
        ],
      },
    ],
    pairs: [conversed],
  },
  {
    what: 'axolotl chat_template.default',
    shape: 'conversational',
    rows: [{ messages: [user('Why?')], chosen: assistant('Because.'), rejected: assistant('No.') }],
    pairs: [conversed],
  },
  {
    what: "OpenAI's preferences",
    shape: 'conversational',
    rows: [
      {
        input: { messages: [user('Why?')] },
        preferred_output: [assistant('Because.')],
        non_preferred_output: [assistant('No.')],
      },
    ],
    pairs: [conversed],
  },
  {
    what: 'content in parts',
    shape: 'conversational',
    rows: [
      {
        chosen: [user([{ type: 'text', text: 'Why?' }]), assistant([{ type: 'text', text: 'Because.' }])],
        rejected: [user('Why?'), assistant('No.')],
      },
    ],
    pairs: [conversed],
  },

  {
    what: 'TRL, unpaired',
    shape: 'unpaired',
    rows: [
      { prompt: 'Why?', completion: 'Because.', label: true },
      { prompt: 'How?', completion: 'So.', label: true },
      { prompt: 'Why?', completion: 'No.', label: false },
    ],
    pairs: [plain],
    reasons: { 'data/unpaired': 1 },
  },
  {
    what: 'unpaired, numbers for labels',
    shape: 'unpaired',
    rows: [
      { question: 'Why?', answer: 'No.', label: 0 },
      { question: 'Why?', answer: 'Because.', label: 1 },
    ],
    pairs: [plain],
  },
  {
    what: 'unpaired, conversational',
    shape: 'unpaired',
    rows: [
      { prompt: [user('Why?')], completion: [assistant('Because.')], label: true },
      { prompt: [user('Why?')], completion: [assistant('No.')], label: false },
    ],
    pairs: [conversed],
  },
  {
    what: 'more good ones than bad ones',
    shape: 'unpaired',
    rows: [
      { prompt: 'Why?', completion: 'Because.', label: true },
      { prompt: 'Why?', completion: 'So.', label: true },
      { prompt: 'Why?', completion: 'No.', label: false },
    ],
    pairs: [plain],
    reasons: { 'data/unpaired': 1 },
  },

  {
    what: 'TRL, stepwise',
    shape: 'stepwise',
    rows: [
      { prompt: '1+1+1?', completions: ['1+1=2', '2+1=3'], labels: [true, true] },
      { prompt: '1+1+1?', completions: ['1+1=2', '2+1=4', '4!'], labels: [true, false, false] },
    ],
    pairs: [pair('1+1+1?\n1+1=2\n', '2+1=3', '2+1=4')],
  },
  {
    what: 'a solution alone',
    shape: 'stepwise',
    rows: [{ prompt: '1+1?', completions: ['1+1=2', '3'], labels: [true, false] }],
    pairs: [],
    reasons: { 'data/no-alternative': 1 },
  },

  {
    what: 'axolotl zephyr.nectar',
    shape: 'ranked',
    rows: [
      {
        prompt: 'Why?',
        answers: [
          { answer: 'No.', rank: 3 },
          { answer: 'Because.', rank: 1 },
          { answer: 'Well.', rank: 2 },
        ],
      },
    ],
    pairs: [
      pair('Why?', 'Because.', 'Well.', 1),
      pair('Why?', 'Because.', 'No.', 2),
      pair('Why?', 'Well.', 'No.', 1),
    ],
  },
  {
    what: 'UltraFeedback',
    shape: 'ranked',
    rows: [
      {
        instruction: 'Why?',
        completions: [
          { response: 'No.', overall_score: 2 },
          { response: 'Because.', overall_score: 8.5 },
        ],
      },
    ],
    pairs: [pair('Why?', 'Because.', 'No.', 6.5)],
  },
  {
    what: 'responses and scores side by side',
    shape: 'ranked',
    rows: [{ prompt: 'Why?', responses: ['No.', 'Because.'], scores: [1, 3] }],
    pairs: [pair('Why?', 'Because.', 'No.', 2)],
  },
  {
    what: 'two of three ranked alike',
    shape: 'ranked',
    rows: [{ prompt: 'Why?', responses: ['No.', 'Because.', 'Nope.'], scores: [1, 3, 1] }],
    pairs: [pair('Why?', 'Because.', 'No.', 2), pair('Why?', 'Because.', 'Nope.', 2)],
    reasons: { 'data/tie': 1 },
  },

  {
    what: 'Chatbot Arena',
    shape: 'two responses and a winner',
    rows: [
      {
        model_a: 'x',
        model_b: 'y',
        winner: 'model_b',
        conversation_a: [user('Why?'), assistant('No.')],
        conversation_b: [user('Why?'), assistant('Because.')],
        turn: 1,
      },
      {
        winner: 'tie',
        conversation_a: [user('Why?'), assistant('No.')],
        conversation_b: [user('Why?'), assistant('Because.')],
      },
      {
        winner: 'tie (bothbad)',
        conversation_a: [user('Why?'), assistant('No.')],
        conversation_b: [user('Why?'), assistant('Because.')],
      },
    ],
    pairs: [conversed],
    reasons: { 'data/tie': 1, 'data/both-bad': 1 },
  },
  {
    what: "LMSYS's competition",
    shape: 'two responses and a winner',
    rows: [
      {
        prompt: 'Why?',
        response_a: 'Because.',
        response_b: 'No.',
        winner_model_a: 1,
        winner_model_b: 0,
        winner_tie: 0,
      },
      {
        prompt: 'Why?',
        response_a: 'Because.',
        response_b: 'No.',
        winner_model_a: 0,
        winner_model_b: 0,
        winner_tie: 1,
      },
    ],
    pairs: [plain],
    reasons: { 'data/tie': 1 },
  },
  {
    what: 'AlpacaFarm',
    shape: 'two responses and a winner',
    rows: [{ instruction: 'Why?', input: '', output_1: 'No.', output_2: 'Because.', preference: 2 }],
    pairs: [plain],
  },
  {
    what: 'PKU-SafeRLHF',
    shape: 'two responses and a winner',
    rows: [
      {
        prompt: 'Why?',
        response_0: 'Because.',
        response_1: 'No.',
        better_response_id: 0,
        safer_response_id: 1,
      },
    ],
    pairs: [plain],
  },
  {
    what: 'Stanford Human Preferences',
    shape: 'two responses and a winner',
    rows: [
      { history: 'Why?', human_ref_A: 'Because.', human_ref_B: 'No.', labels: 1, score_A: 9, score_B: 2 },
    ],
    pairs: [plain],
  },
  {
    what: 'WebGPT',
    shape: 'two responses and a winner',
    rows: [{ question: 'Why?', answer_0: 'No.', answer_1: 'Because.', score_0: -1, score_1: 1 }],
    pairs: [pair('Why?', 'Because.', 'No.', 2)],
  },
  {
    what: 'HelpSteer',
    shape: 'two responses and a winner',
    rows: [{ prompt: 'Why?', response_1: 'Because.', response_2: 'No.', preference_strength: -2 }],
    pairs: [pair('Why?', 'Because.', 'No.', 2)],
  },
  {
    what: 'the winner by its column',
    shape: 'two responses and a winner',
    rows: [{ prompt: 'Why?', response1: 'No.', response2: 'Because.', preferred: 'response2' }],
    pairs: [plain],
  },
  {
    what: 'Label Studio, the short JSON',
    shape: 'two responses and a winner',
    rows: [{ id: 1, prompt: 'Why?', text1: 'Because.', text2: 'No.', pw: 'left', annotator: 1 }],
    pairs: [plain],
  },

  {
    what: 'Label Studio, the full JSON',
    shape: 'Label Studio',
    rows: [
      {
        id: 1,
        data: { prompt: 'Why?', answer1: 'No.', answer2: 'Because.' },
        annotations: [
          {
            id: 4,
            was_cancelled: false,
            result: [
              {
                id: 'x',
                type: 'pairwise',
                from_name: 'pw',
                to_name: 'answer1,answer2',
                value: { selected: 'right' },
              },
            ],
          },
        ],
        predictions: [],
      },
    ],
    pairs: [plain],
  },
  {
    what: 'Label Studio, other names',
    shape: 'Label Studio',
    rows: [
      {
        data: { prompt: 'Why?', mine: 'Because.', yours: 'No.' },
        annotations: [{ result: [{ type: 'pairwise', to_name: 'mine,yours', value: { selected: 'left' } }] }],
      },
    ],
    pairs: [plain],
  },
  {
    what: 'Argilla 2',
    shape: 'Argilla',
    rows: [
      {
        id: '1',
        status: 'completed',
        fields: { prompt: 'Why?', 'response-1': 'No.', 'response-2': 'Because.' },
        metadata: {},
        suggestions: { ranking: { value: ['response-1', 'response-2'] } },
        responses: { ranking: [{ value: ['response-2', 'response-1'], user_id: 'u' }] },
        vectors: {},
      },
    ],
    pairs: [pair('Why?', 'Because.', 'No.', 1)],
  },
  {
    what: 'Argilla 2, only a suggestion',
    shape: 'Argilla',
    rows: [
      {
        fields: { prompt: 'Why?', response1: 'Because.', response2: 'No.' },
        suggestions: { choice: { value: 'response1', score: 0.8 } },
        responses: {},
      },
    ],
    pairs: [plain],
  },
  {
    what: 'Argilla 1',
    shape: 'Argilla',
    rows: [
      {
        fields: { prompt: 'Why?', response1: 'No.', response2: 'Because.', response3: 'Nope.' },
        responses: [
          {
            status: 'submitted',
            values: {
              ranking: {
                value: [
                  { value: 'response1', rank: 2 },
                  { value: 'response2', rank: 1 },
                  { value: 'response3', rank: 2 },
                ],
              },
            },
          },
        ],
        suggestions: [],
      },
    ],
    pairs: [pair('Why?', 'Because.', 'No.', 1), pair('Why?', 'Because.', 'Nope.', 1)],
    reasons: { 'data/tie': 1 },
  },
];

describe('shapes', () => {
  it.each(CASES)('$what is $shape', async ({ shape, rows, pairs, reasons = {} }) => {
    const result = await read('rows.jsonl', jsonl(...rows));
    expect(result.issues).toEqual([]);
    expect(result.shape?.name).toBe(shape);
    expect(unpacked(result.pairs).map(({ line: _, ...texts }) => texts)).toEqual(pairs);
    expect(result.reasons).toEqual(reasons);
  });

  it('every shape has a case, a sentence of what it recognises and one of what it becomes', () => {
    expect(new Set(CASES.map(({ shape }) => shape))).toEqual(new Set(SHAPES.map(({ name }) => name)));
    for (const { recognises, becomes } of SHAPES) expect(`${recognises} ${becomes}`).toMatch(/\w{3,}/);
  });
});
