/* Passkeys: ask the site what to sign, let the device sign it, and send the answer with the form.
   Forms for it stay hidden where the browser cannot do it; every page names another way. */
(function () {
  "use strict";
  var page = document;
  if (!window.PublicKeyCredential || !navigator.credentials || !window.fetch) { return; }

  function bytes(text) {
    var plain = window.atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (letter) { return letter.charCodeAt(0); });
  }
  function text(buffer) {
    var plain = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return window.btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
  function known(list) {
    return (list || []).map(function (one) { return Object.assign({}, one, { id: bytes(one.id) }); });
  }

  function ask(form) {
    var token = new FormData();
    token.append("csrf_token", form.elements.namedItem("csrf_token").value);
    return window.fetch(form.dataset.options, { method: "POST", body: token, credentials: "same-origin" })
      .then(function (answer) {
        if (!answer.ok) { throw new Error("no options"); }
        return answer.json();
      });
  }

  function sign(form, options) {
    options.challenge = bytes(options.challenge);
    if (form.dataset.passkey === "create") {
      options.user.id = bytes(options.user.id);
      options.excludeCredentials = known(options.excludeCredentials);
      return navigator.credentials.create({ publicKey: options });
    }
    options.allowCredentials = known(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options });
  }

  function told(made) {
    var response = { clientDataJSON: text(made.response.clientDataJSON) };
    ["attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (made.response[name]) { response[name] = text(made.response[name]); }
    });
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response: response });
  }

  Array.prototype.forEach.call(page.querySelectorAll("form[data-passkey]"), function (form) {
    var note = form.querySelector("[role=alert]"), button = form.querySelector("button"), busy = false;
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (busy) { return; }
      busy = true;
      note.hidden = true;
      ask(form).then(function (options) { return sign(form, options); }).then(function (made) {
        form.elements.namedItem("answer").value = told(made);
        form.submit();
      }).catch(function () {
        busy = false;
        note.hidden = false;
        button.focus();
      });
    });
  });
  Array.prototype.forEach.call(page.querySelectorAll("[data-without-passkey]"), function (note) {
    note.hidden = true;
  });
})();
