/* Small helps for pages that work without them: leave at once, the reader's own time zone,
   a word before typed text is lost or a session ends, a kept time given back, show a password, print. Text comes from
   the page, translated. */
(function () {
  "use strict";
  var page = document, leaving = false;

  function each(selector, act) {
    Array.prototype.forEach.call(page.querySelectorAll(selector), act);
  }

  /* Leave this page: cover it in the same moment, then replace it in the history. */
  var door = page.querySelector("[data-leave]");
  function leave(event) {
    if (event) { event.preventDefault(); }
    leaving = true;
    var cover = page.createElement("div");
    cover.id = "gone";
    page.body.textContent = "";
    page.body.appendChild(cover);
    page.title = "";
    window.location.replace(door.href);
  }
  if (door) {
    var presses = [];
    door.addEventListener("click", leave);
    page.addEventListener("keyup", function (event) {
      if (event.key !== "Shift") { presses = []; return; }
      presses = presses.filter(function (at) { return event.timeStamp - at < 2000; });
      presses.push(event.timeStamp);
      if (presses.length === 3) { leave(); }
    });
  }

  /* Times are the clinic's. Say so again where the reader's clock is another one. */
  each("[data-zone]", function (line) {
    var here, hour = { hour: "numeric", minute: "numeric", day: "numeric" };
    try {
      here = Intl.DateTimeFormat().resolvedOptions().timeZone;
      if (!here) { return; }
      var now = new Date(), format = function (zone) {
        return new Intl.DateTimeFormat("en", Object.assign({ timeZone: zone }, hour)).format(now);
      };
      if (format(here) === format(line.dataset.zone)) { return; }
    } catch (unknown) { return; }
    line.textContent = line.dataset.text.replace("{zone}", here.split("/").pop().replace(/_/g, " "));
    line.hidden = false;
  });

  /* A visit by video is on the reader's own clock too, where that is another one. */
  each("[data-instant]", function (line) {
    var at = new Date(line.dataset.instant), lang = page.documentElement.lang;
    var how = { weekday: "long", hour: "numeric", minute: "2-digit" };
    if (/^en/.test(lang)) { how.hourCycle = "h12"; } /* as the page itself writes its times */
    try {
      var say = function (zone) {
        var words = new Intl.DateTimeFormat(lang, Object.assign({ timeZone: zone }, how)).format(at);
        return words.replace(/\s?([ap])m$/i, function (all, half) { return half.toLowerCase() + "m"; });
      };
      if (line.dataset.brief !== undefined) { /* beside a clock the day is said only if it is another */
        var day = function (zone) { return at.toLocaleDateString("en", { timeZone: zone }); };
        if (day(undefined) === day(line.dataset.zoneOf)) { delete how.weekday; }
      }
      if (say(undefined) === say(line.dataset.zoneOf)) { return; }
      line.textContent = line.dataset.text.replace("{time}", say(undefined));
    } catch (unknown) { return; }
    line.hidden = false;
  });

  /* Where the staff's pages are a row that scrolls, begin with the one that is open. */
  each(".rail nav", function (row) {
    var here = row.querySelector("[aria-current]");
    if (here) { row.scrollLeft += here.getBoundingClientRect().left - row.getBoundingClientRect().left - 16; }
  });

  /* A form that keeps something long asks before it is left with unsent text. */
  each("form[data-guard]", function (form) {
    var changed = false;
    form.addEventListener("input", function () { changed = true; });
    form.addEventListener("submit", function () { leaving = true; });
    window.addEventListener("beforeunload", function (event) {
      if (changed && !leaving) { event.preventDefault(); }
    });
  });

  each("input[data-show]", function (input) {
    var button = page.createElement("button");
    button.type = "button";
    button.className = "link";
    button.setAttribute("aria-controls", input.id);
    function say() {
      button.textContent = input.type === "password" ? input.dataset.show : input.dataset.hide;
    }
    button.addEventListener("click", function () {
      input.type = input.type === "password" ? "text" : "password";
      say();
    });
    if (input.form) {
      input.form.addEventListener("submit", function () { input.type = "password"; });
    }
    say();
    input.insertAdjacentElement("afterend", button);
  });

  /* Two minutes before a sign-in ends for want of use: say so, and offer to stay. */
  each("[data-ends-in]", function (note) {
    var timer, stay = note.querySelector("button");
    function wait(seconds) {
      note.hidden = true;
      window.clearTimeout(timer);
      timer = window.setTimeout(function () {
        note.hidden = false;
      }, 1000 * Math.max(seconds - 120, 0));
    }
    stay.addEventListener("click", function () {
      window.fetch(note.dataset.stay, { credentials: "same-origin" }).then(function (answer) {
        return answer.ok ? answer.text() : "";
      }).then(function (seconds) {
        if (seconds) { wait(Number(seconds)); } else { note.textContent = note.dataset.over; }
      }).catch(function () { /* Pressing again may do better. */ });
    });
    wait(Number(note.dataset.endsIn));
  });

  /* A kept time goes back soon after its page is left for elsewhere; opening it again keeps it. */
  each("[data-kept]", function (note) {
    var staying = false, token = note.closest("form").querySelector("[name=csrf_token]").value;
    function told(go) {
      var data = new FormData();
      data.append("csrf_token", token);
      data.append("go", go);
      return data;
    }
    page.addEventListener("submit", function () { staying = true; });
    page.addEventListener("click", function (event) {
      var link = event.target.closest("a[href]");
      staying = !!link && link.host === location.host && /^\/(book|visit)\//.test(link.pathname);
    });
    window.addEventListener("pagehide", function () {
      if (!staying) { navigator.sendBeacon(note.dataset.kept, told("leave")); }
    });
    window.addEventListener("pageshow", function (event) {
      var way = (performance.getEntriesByType("navigation")[0] || {}).type;
      staying = false;
      if (!event.persisted && way !== "reload" && way !== "back_forward") { return; }
      window.fetch(note.dataset.kept, { method: "POST", body: told("back") }).then(function (answer) {
        return answer.status === 200 ? answer.text() : "";
      }).then(function (words) {
        if (words) { note.querySelector("p").textContent = words; }
      }).catch(function () { /* The page said until when; that still holds. */ });
    });
  });

  /* A day that is under way begins at the time it is, with what was just before still in sight. */
  each("[data-now]", function (board) {
    var line = board.querySelector(".col .nowline");
    if (line && board.scrollHeight > board.clientHeight && !location.hash) {
      board.scrollTop = Math.max(0, line.offsetTop - board.clientHeight / 3);
    }
  });

  /* Renew a page by its button and find it as it was: the same place, the same control. */
  each("[data-renew]", function (form) {
    var board = page.querySelector(".cal"), was = /[?&]at=(\d+)-(\d+)-(\d+)/.exec(location.search);
    if (was) {
      window.scrollTo(0, +was[1]);
      if (board) { board.scrollTop = +was[2]; board.scrollLeft = +was[3]; }
    }
    form.addEventListener("submit", function () {
      var at = form.querySelector("[name=at]") || document.createElement("input");
      at.type = "hidden";
      at.name = "at";
      at.value = [window.scrollY, board ? board.scrollTop : 0, board ? board.scrollLeft : 0].map(Math.round).join("-");
      form.append(at);
    });
  });

  each("[data-print]", function (control) {
    control.hidden = false;
    control.addEventListener("click", function () { window.print(); });
  });
})();
