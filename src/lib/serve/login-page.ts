// What people see who are asked for a token.
import type { Context } from 'hono'
import { html } from 'hono/html'

type Html = ReturnType<typeof html>

export function page(c: Context, body: Html): Response | Promise<Response> {
  c.header('www-authenticate', 'Bearer')
  return c.html(body, 401)
}

export const BOUNCE = html`<!doctype html><meta http-equiv="refresh" content="0"><title>Sluice</title>`

/** Our policy allows no style within a page. */
export const STYLE = '/login.css'

export function stylesheet(c: Context): Response {
  return c.body(CSS, 200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=3600' })
}

// The form's own referrer policy: under no-referrer, browsers would send it with the origin null.
export function form(to: string, wrong = ''): Html {
  // A screen reader tells it with the field, which has the focus; an alert that is there from the beginning, many do not.
  const isWrong = wrong === '' ? '' : html` aria-invalid="true" aria-describedby="wrong"`
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="same-origin">
<title>Sluice</title>
<link rel="stylesheet" href="${STYLE}">
<form method="post" action="/login">
<h1>Sluice</h1>
<p id="wrong">${wrong}</p>
<p><label>Token <input type="password" name="token" autocomplete="current-password" required autofocus${isWrong}></label>
<input type="hidden" name="to" value="${to}">
<button>Log in</button></p>
</form>
</html>`
}

// The colours of the pages (src/web/lib/style/elements.css).
const CSS = `body {
  display: grid;
  place-items: start center;
  margin: 0;
  padding: 12vh 1rem 1rem;
  background: light-dark(#fafafa, #14161a);
  color: light-dark(#1c2127, #dce1e7);
  font: 16px / 1.5 system-ui, sans-serif;
}
form {
  box-sizing: border-box;
  width: min(100%, 22rem);
  padding: 1.5rem;
  border: 1px solid light-dark(#e1e4e8, #2c3138);
  border-radius: 8px;
  background: light-dark(#fff, #1b1e23);
}
h1 { margin: 0; font-size: 1.25rem }
p { margin: 0.75rem 0 0 }
#wrong { color: light-dark(#c2252b, #ff8282) }
#wrong:empty { display: none }
label { display: block }
input, button {
  box-sizing: border-box;
  display: block;
  width: 100%;
  height: 44px;
  border: 1px solid light-dark(#767f89, #6b7580);
  border-radius: 6px;
  font: inherit;
}
input { padding: 0 0.6rem; background: light-dark(#fff, #14161a); color: inherit }
input[type="hidden"] { display: none }
button {
  margin-top: 1rem;
  border-color: transparent;
  background: light-dark(#1f57c3, #8fb3ff);
  color: light-dark(#fff, #0f1420);
  font-weight: 600;
}
:focus-visible { outline: 2px solid light-dark(#1f57c3, #8fb3ff); outline-offset: 2px }
`
