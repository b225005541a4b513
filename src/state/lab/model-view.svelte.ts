/** What the model says now: ranking, samples, held-out accuracy, one response word by word. One writer: the run. */
import type { Evaluation, FirstPicture, Ranking, RoundView, Samples, TokenView } from '../../runs/views.ts';
import type { Tokens } from '../../worlds/world.ts';

export interface Inspected {
  prompt: string;
  response: Tokens;
  view: TokenView;
}

export class ModelView {
  /** Id of the prompt that ranking and samples are about. */
  prompt = $state('');
  promptText = $state('');
  ranking = $state.raw<Ranking>() as Ranking;
  samples = $state.raw<Samples>() as Samples;
  evaluation = $state.raw<Evaluation>() as Evaluation;
  inspected = $state.raw<Inspected>() as Inspected;
  /** What it wrote in the newest round of online training. */
  round = $state.raw<RoundView | null>(null);
  /** Whether these numbers came with the page or were computed here. */
  live = $state(false);

  constructor({ view, promptText, tokens, evaluation }: FirstPicture) {
    this.prompt = view.ranking.prompt;
    this.promptText = promptText;
    this.ranking = view.ranking;
    this.samples = view.samples;
    this.evaluation = evaluation;
    this.inspected = { prompt: view.ranking.prompt, response: tokens.response, view: tokens.view };
  }
}
