/**
 * Every element but the schedule button: the file that `elements.js` fetches when a page shows one of them, or somebody is
 * about to press the button. One file, as parts by element weigh 11 KB more together: each would compress by itself.
 */
import "../elements/availability-editor/availability-editor.ts";
import "../elements/booking-card/booking-card.ts";
import "../elements/booking-modal/booking-modal.ts";
import "../elements/cancel-dialog/cancel-dialog.ts";
import "../elements/dual-time/dual-time.ts";
import "../elements/slot-picker/slot-picker.ts";
import "../elements/upcoming/upcoming.ts";
