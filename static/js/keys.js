/* Keys for staff who switched them on: a key presses the control that says it is its own
   (data-key). Never while somebody types, and never together with Ctrl, Alt or Meta. */
(function () {
  "use strict";
  document.addEventListener("keydown", function (event) {
    var at = event.target, control;
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) { return; }
    if (at.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName)) { return; }
    if (event.key.length !== 1) { return; }
    control = document.querySelector("[data-key=\"" + window.CSS.escape(event.key) + "\"]");
    if (control) { event.preventDefault(); control.click(); }
  });
})();
