/* The link scanner: links of an HTML document without a tree, at a cost close to reading it.
 *
 * It goes through the states of the HTML standard's tokenizer (section 13.2.5) from one '<' to the
 * next, and keeps of tree construction (13.2.6) only what decides whether a tag counts and how the
 * text behind it is read: html_context.h. It finds what html_gumbo_links finds; where they differ
 * on purpose, tests/parse/html_effects.h says why. */
#ifndef PARSE_HTML_H
#define PARSE_HTML_H

#include "parse/links.h"

/* Appends the links that "What is followed" of the contract lists: a, area, iframe, frame, link,
 * meta refresh; base obeyed; noscript and template content counted; with assets, what a page loads
 * too. Time is linear in the document, and so is memory; it takes 20 KB of stack. With d->tree it is
 * html_gumbo_links instead. Returns 0 or -ENOMEM; out->error is -E2BIG over a limit of links.h. */
int html_links(struct links *out, const struct document *d);

#endif
