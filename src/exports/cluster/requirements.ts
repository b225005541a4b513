/** What the scripts were run with. DeepSpeed is for the ZeRO configurations alone. */
import { TRL_VERSION } from '../../recipes/trl.ts';

export const REQUIREMENTS = `trl==${TRL_VERSION}
transformers==5.18.0
accelerate==1.15.0
datasets==5.0.1
torch==2.13.0
# for accelerate/zero2.yaml and accelerate/zero3.yaml; they were not run:
# deepspeed>=0.18.6
`;
