/** The board as a page of its own, for a wall or a second screen. */

import "./elements/live-board";
import "./elements/login-again";
import { translatePage, wireSwitches } from "./words";

translatePage();
wireSwitches();
