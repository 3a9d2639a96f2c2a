/* What is left of tree construction (HTML standard, section 13.2.6) when there is no tree: enough
 * state to say whether a start tag makes an element, in which namespace, and how the text behind it
 * is read. Which rules are kept only in part stands in html_context.c. */
#ifndef PARSE_HTML_CONTEXT_H
#define PARSE_HTML_CONTEXT_H

#include "parse/html_foreign.h"

#define HTML_MAX_TABLES 64    /* nested tables whose states are told apart */
#define HTML_MAX_TEMPLATES 32 /* nested templates, deeper ones are as their parent */

enum html_mode {
    MODE_BEFORE_HEAD,
    MODE_HEAD,
    MODE_HEAD_NOSCRIPT,
    MODE_AFTER_HEAD,
    MODE_BODY,
    MODE_FRAMESET,
    MODE_AFTER_FRAMESET,
};

/* The content of the document, or of one template. */
struct html_level {
    enum { LEVEL_BODY, LEVEL_NEW_TEMPLATE, LEVEL_COLUMNS } kind;
    enum { SELECT_NONE, SELECT_OPEN, SELECT_IN_TABLE } select;
    /* A template that begins with a part of a table is a table itself, without what encloses the
     * part. */
    enum { PART_NONE, PART_OF_TABLE, PART_OF_BODY, PART_OF_ROW } part;
    unsigned tables; /* that are open */
    uint8_t states[HTML_MAX_TABLES];
    unsigned outer; /* of the foreign elements that were open, when a template began */
};

struct html_context {
    enum html_mode mode;
    bool plain;                  /* nothing special is open: only tags with the flag TREE matter */
    bool replaceable;            /* the body: "frameset-ok" */
    bool form;                   /* "form element pointer" */
    bool guessed;                /* of what only a tree knows: as html_foreign.guessed */
    bool body_gone;              /* a frameset has just taken its place */
    uint32_t html_has, body_has; /* attributes: those of further tags are added */
    unsigned framesets;
    struct html_level level, outer[HTML_MAX_TEMPLATES];
    unsigned templates;
    struct html_foreign foreign;
};

/* Sets what has to be set; arrays stay as they are beyond their counts. */
void html_context_init(struct html_context *c);

/* Takes a start tag, whose name stands in the document. Returns whether an element comes of it;
 * sets its namespace, and leaves in it what counts. */
bool html_context_start(struct html_context *c, struct html_tag *t, struct span name);

/* Takes an end tag. */
void html_context_end(struct html_context *c, enum html_element e, struct span name);

/* The same for tags of parts of tables in plain content: most of what a table is made of. */
bool html_context_start_part(struct html_context *c, enum html_element e);
void html_context_end_part(struct html_context *c, enum html_element e);

/* Takes text between tags, only wanted until c->plain. */
void html_context_text(struct html_context *c, const char *text, size_t length);

/* Whether <![CDATA[ begins a section here: in foreign content. */
bool html_context_has_cdata(const struct html_context *c);

/* Whether text here is a style sheet: in a style element of SVG, which is no raw text. */
bool html_context_has_style(const struct html_context *c);

#endif
