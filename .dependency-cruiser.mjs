// Made from the layer table in scripts/tools/layers.ts. `npm run check -- layers` applies it for both platforms.
import { cruiseOptions, rulesFor } from './scripts/tools/layer-rules.ts'

export default { forbidden: rulesFor('browser'), options: cruiseOptions('browser') }
