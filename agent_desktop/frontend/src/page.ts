/** A page without anything live: its words alone. */

import { translatePage } from "./words";

translatePage();
