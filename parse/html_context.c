/* Tree construction, of which only the state is kept that decides what a tag is. In plain body
 * content that is nothing but tables, forms and templates. */
#include "parse/html_context.h"

#include "parse/html_skip.h"

#include <strings.h>

enum table_state {
    TABLE_PARTS, /* between its parts, where it takes rows */
    TABLE_CELL,
    TABLE_CAPTION,
};

void html_context_init(struct html_context *c)
{
    c->mode = MODE_BEFORE_HEAD;
    c->plain = false;
    c->replaceable = true;
    c->form = false;
    c->guessed = c->foreign.guessed = false;
    c->body_gone = false;
    c->html_has = c->body_has = 0;
    c->framesets = c->templates = 0;
    c->foreign.depth = c->foreign.deeper = c->foreign.outer = 0;
    c->level.kind = LEVEL_BODY;
    c->level.select = SELECT_NONE;
    c->level.part = PART_NONE;
    c->level.tables = 0;
}

static void decide_plain(struct html_context *c)
{
    c->plain = c->mode == MODE_BODY && !c->replaceable && c->level.kind == LEVEL_BODY &&
               c->level.select == SELECT_NONE && !html_foreign_is_open(&c->foreign);
}

/* --- tables --- */

static uint8_t *table_state(struct html_context *c)
{
    unsigned i = c->level.tables - 1;
    return &c->level.states[i < HTML_MAX_TABLES ? i : HTML_MAX_TABLES - 1];
}

static bool between_parts(struct html_context *c)
{
    return c->level.tables > 0 && *table_state(c) == TABLE_PARTS;
}

static void open_table(struct html_context *c)
{
    c->level.tables++;
    c->guessed |= c->level.tables > HTML_MAX_TABLES;
    *table_state(c) = TABLE_PARTS;
}

/* Whether the open table is what a template began with. */
static bool is_part(const struct html_context *c)
{
    return c->level.part != PART_NONE && c->level.tables == 1;
}

/* A table among its own parts ends the one before. */
static bool start_table(struct html_context *c)
{
    c->replaceable = false;
    if (!between_parts(c))
        open_table(c);
    else if (is_part(c))
        return false;
    return true;
}

bool html_context_start_part(struct html_context *c, enum html_element e)
{
    if (c->level.tables == 0)
        return false;
    html_foreign_clear_to_table(&c->foreign);
    *table_state(c) = e == HTML_TD || e == HTML_TH ? TABLE_CELL
                      : e == HTML_CAPTION          ? TABLE_CAPTION
                                                   : TABLE_PARTS;
    if (!is_part(c) || c->level.part == PART_OF_TABLE || *table_state(c) == TABLE_CELL)
        return true;
    *table_state(c) = TABLE_PARTS;
    return c->level.part == PART_OF_BODY && e == HTML_TR;
}

void html_context_end_part(struct html_context *c, enum html_element e)
{
    if (c->level.tables == 0)
        return;
    uint8_t *state = table_state(c);
    bool row = e == HTML_TR, group = e == HTML_TBODY || e == HTML_TFOOT || e == HTML_THEAD;
    if (is_part(c) && ((c->level.part == PART_OF_ROW && (row || group)) ||
                       (c->level.part == PART_OF_BODY && group)))
        return; /* the template has none */
    if (e == HTML_TABLE)
        c->level.tables -= !is_part(c);
    else if (e == HTML_CAPTION ? *state == TABLE_CAPTION : *state == TABLE_CELL)
        *state = e == HTML_COL || e == HTML_COLGROUP ? *state : TABLE_PARTS;
}

/* Whether the table, or that part of it, may be open: of rows and their groups nobody knows. */
static bool may_be_open(struct html_context *c, enum html_element e)
{
    switch (e) {
    case HTML_CAPTION:
        return *table_state(c) == TABLE_CAPTION;
    case HTML_TD:
    case HTML_TH:
        return *table_state(c) == TABLE_CELL;
    case HTML_TABLE:
        return !is_part(c);
    case HTML_COL:
    case HTML_COLGROUP:
        return false;
    default:
        c->guessed |= html_is_table_part(e);
        return html_is_table_part(e);
    }
}

/* --- templates --- */

static void start_template(struct html_context *c)
{
    c->replaceable = false;
    if (c->templates < HTML_MAX_TEMPLATES) {
        c->level.outer = c->foreign.outer;
        c->outer[c->templates] = c->level;
        c->level.kind = LEVEL_NEW_TEMPLATE;
        c->level.select = SELECT_NONE;
        c->level.part = PART_NONE;
        c->level.tables = 0;
        c->foreign.outer = c->foreign.depth;
    }
    c->templates++;
    c->guessed |= c->templates > HTML_MAX_TEMPLATES;
}

static void end_template(struct html_context *c)
{
    if (c->templates == 0)
        return;
    c->templates--;
    if (c->templates < HTML_MAX_TEMPLATES) {
        c->foreign.depth = c->foreign.outer;
        c->foreign.deeper = 0;
        c->level = c->outer[c->templates];
        c->foreign.outer = c->level.outer;
    }
}

/* The first tag that does not belong into a head says what a template holds. */
static void settle_template(struct html_context *c, enum html_element e)
{
    if (html_is(e, HEAD))
        return;
    c->level.kind = e == HTML_COL ? LEVEL_COLUMNS : LEVEL_BODY;
    c->level.part = !html_is_table_part(e) || e == HTML_COL ? PART_NONE
                    : e == HTML_TD || e == HTML_TH          ? PART_OF_ROW
                    : e == HTML_TR                          ? PART_OF_BODY
                                                            : PART_OF_TABLE;
    if (c->level.part != PART_NONE)
        open_table(c);
}

/* --- the insertion modes --- */

static bool merge(struct html_tag *t, uint32_t *has)
{
    uint32_t given = t->has;
    t->has &= ~*has;
    *has |= given;
    return true;
}

static bool start_frameset(struct html_context *c)
{
    if (!c->replaceable || c->templates > 0)
        return false;
    c->body_gone = true;
    c->mode = MODE_FRAMESET;
    c->framesets = 1;
    c->foreign.depth = c->foreign.deeper = 0;
    c->level.tables = 0;
    return true;
}

/* A form within a form is none; one between the parts of a table holds nothing. */
static bool start_form(struct html_context *c)
{
    if (c->templates > 0)
        return !between_parts(c);
    bool nested = c->form;
    c->form = true;
    return !nested;
}

static bool is_hidden(const struct html_tag *t)
{
    struct span type = t->values[ATTRIBUTE_TYPE];
    return html_tag_has(t, ATTRIBUTE_TYPE) && type.length == 6 &&
           strncasecmp(type.at, "hidden", 6) == 0;
}

static bool start_in_body(struct html_context *c, struct html_tag *t)
{
    enum html_element e = t->element;
    if (html_is(e, FILLS) || (e == HTML_INPUT && !is_hidden(t)))
        c->replaceable = false;
    if (html_is_table_part(e))
        return html_context_start_part(c, e);
    switch (e) {
    case HTML_BODY:
        if (c->templates > 0)
            return false;
        c->replaceable = false;
        return merge(t, &c->body_has);
    case HTML_HEAD:
    case HTML_FRAME:
        return false;
    case HTML_FRAMESET:
        return start_frameset(c);
    case HTML_TABLE:
        return start_table(c);
    case HTML_FORM:
        return start_form(c);
    case HTML_SELECT:
        c->level.select = c->level.tables > 0 ? SELECT_IN_TABLE : SELECT_OPEN;
        return true;
    case HTML_TEMPLATE:
        start_template(c);
        return true;
    case HTML_IMAGE:
        t->element = HTML_IMG;
        return true;
    case HTML_SVG:
        t->space = NAMESPACE_SVG;
        return true;
    case HTML_MATH:
        t->space = NAMESPACE_MATHML;
        return true;
    default:
        return true;
    }
}

/* A select takes hardly anything, and some tags end it. Sets *again if it was ended so. */
static bool start_in_select(struct html_context *c, struct html_tag *t, bool *again)
{
    switch (t->element) {
    case HTML_OPTION:
    case HTML_OPTGROUP:
    case HTML_SCRIPT:
        return true;
    case HTML_TEMPLATE:
        start_template(c);
        return true;
    case HTML_SELECT:
        c->level.select = SELECT_NONE;
        return false;
    case HTML_INPUT:
    case HTML_KEYGEN:
    case HTML_TEXTAREA:
        *again = true;
        break;
    default:
        *again =
            c->level.select == SELECT_IN_TABLE &&
            (t->element == HTML_TABLE || (html_is_table_part(t->element) &&
                                          t->element != HTML_COL && t->element != HTML_COLGROUP));
    }
    if (*again)
        c->level.select = SELECT_NONE;
    return false;
}

/* Before the body: goes on to the mode that takes the tag. False: none does. */
static bool find_mode(struct html_context *c, enum html_element e)
{
    bool head = html_is(e, HEAD);
    switch (c->mode) {
    case MODE_BEFORE_HEAD:
        c->mode = MODE_HEAD;
        if (e == HTML_HEAD)
            return true;
        /* fall through */
    case MODE_HEAD:
        if (e == HTML_NOSCRIPT)
            c->mode = MODE_HEAD_NOSCRIPT;
        if (head || e == HTML_NOSCRIPT)
            return true;
        break;
    case MODE_HEAD_NOSCRIPT:
        if (e == HTML_HEAD || e == HTML_NOSCRIPT)
            return false;
        if (head && (html_is(e, VOID) ? e != HTML_BASE : e == HTML_NOFRAMES || e == HTML_STYLE))
            return true;
        c->mode = MODE_HEAD;
        if (head)
            return true;
        break;
    case MODE_AFTER_HEAD:
        if (head)
            return true;
        break;
    default:
        return true;
    }
    if (e == HTML_HEAD)
        return false;
    c->mode = MODE_AFTER_HEAD;
    if (e != HTML_FRAMESET)
        c->mode = MODE_BODY;
    return true;
}

/* Of the start tags outside the body. */
static bool start_elsewhere(struct html_context *c, struct html_tag *t)
{
    enum html_element e = t->element;
    bool first = c->mode == MODE_BEFORE_HEAD;
    if (!find_mode(c, e))
        return false;
    switch (c->mode) {
    case MODE_BODY:
        return start_in_body(c, t);
    case MODE_AFTER_HEAD:
        if (e == HTML_FRAMESET) {
            c->mode = MODE_FRAMESET;
            c->framesets = 1;
            return true;
        }
        break;
    case MODE_FRAMESET:
        c->framesets += e == HTML_FRAMESET;
        return e == HTML_FRAMESET || e == HTML_FRAME || e == HTML_NOFRAMES;
    case MODE_AFTER_FRAMESET:
        return e == HTML_NOFRAMES;
    default:
        break;
    }
    if (e == HTML_TEMPLATE)
        start_template(c);
    return e != HTML_HEAD || first;
}

static bool start_in_html(struct html_context *c, struct html_tag *t)
{
    if (c->level.kind == LEVEL_NEW_TEMPLATE)
        settle_template(c, t->element);
    if (t->element == HTML_HTML)
        return c->templates == 0 && merge(t, &c->html_has);
    if (c->level.kind == LEVEL_COLUMNS && t->element != HTML_COL && t->element != HTML_TEMPLATE)
        return false;
    if (c->level.kind == LEVEL_COLUMNS && t->element == HTML_COL)
        return true;
    return c->templates > 0 ? start_in_body(c, t) : start_elsewhere(c, t);
}

/* Whether the element stays open, so that what is in foreign content has to know it. */
static bool stays_open(const struct html_tag *t)
{
    switch (t->element) {
    case HTML_BODY:
    case HTML_HTML:
    case HTML_IFRAME:
    case HTML_NOEMBED:
    case HTML_NOFRAMES:
    case HTML_SCRIPT:
    case HTML_SELECT:
    case HTML_STYLE:
    case HTML_TEMPLATE:
    case HTML_TEXTAREA:
    case HTML_TITLE:
    case HTML_XMP:
        return false;
    default:
        return !html_is(t->element, VOID);
    }
}

bool html_context_start(struct html_context *c, struct html_tag *t, struct span name)
{
    bool again = true, kept = false;
    t->space = NAMESPACE_HTML;
    if (c->level.select != SELECT_NONE) {
        again = false;
        if (t->element == HTML_HTML)
            return c->templates == 0 && merge(t, &c->html_has);
        kept = start_in_select(c, t, &again);
    }
    if (again) {
        kept = html_foreign_takes(&c->foreign, t) || start_in_html(c, t);
        if (kept && t->element == HTML_HR && t->space == NAMESPACE_HTML)
            html_foreign_end_p(&c->foreign);
        if (kept &&
            (t->space != NAMESPACE_HTML ? !t->self_closing
                                        : html_foreign_is_open(&c->foreign) && stays_open(t)))
            html_foreign_push(&c->foreign, t, name);
    }
    decide_plain(c);
    return kept;
}

static void end_in_html(struct html_context *c, enum html_element e)
{
    bool opens_body = e == HTML_BODY || e == HTML_HTML || e == HTML_BR;
    if (c->templates > 0 || c->mode == MODE_BODY) {
        if (e == HTML_FORM && c->templates == 0)
            c->form = false;
        else if (e == HTML_TABLE || html_is_table_part(e))
            html_context_end_part(c, e);
        return;
    }
    switch (c->mode) {
    case MODE_BEFORE_HEAD:
    case MODE_HEAD:
    case MODE_AFTER_HEAD:
        if (opens_body)
            c->mode = MODE_BODY;
        else if (e == HTML_HEAD)
            c->mode = MODE_AFTER_HEAD;
        return;
    case MODE_HEAD_NOSCRIPT:
        if (e == HTML_NOSCRIPT)
            c->mode = MODE_HEAD;
        else if (e == HTML_BR)
            c->mode = MODE_BODY;
        return;
    case MODE_FRAMESET:
        if (e == HTML_FRAMESET && --c->framesets == 0)
            c->mode = MODE_AFTER_FRAMESET;
        return;
    default:
        return;
    }
}

void html_context_end(struct html_context *c, enum html_element e, struct span name)
{
    if (e == HTML_TEMPLATE) {
        end_template(c);
        decide_plain(c);
        return;
    }
    if (c->level.select != SELECT_NONE) {
        bool ends = c->level.select == SELECT_IN_TABLE && may_be_open(c, e);
        if (e != HTML_SELECT && !ends)
            return;
        c->level.select = SELECT_NONE;
    }
    /* A form ends, but not what is open in it. */
    if (!html_foreign_is_open(&c->foreign) || (e == HTML_FORM && c->templates == 0) ||
        html_foreign_end(&c->foreign, e, name, c->level.tables > 0))
        end_in_html(c, e);
    decide_plain(c);
}

void html_context_text(struct html_context *c, const char *text, size_t length)
{
    if (c->mode > MODE_BODY || c->plain || html_is_blank(text, length))
        return;
    if (c->templates == 0)
        c->mode = MODE_BODY;
    c->replaceable = false;
    decide_plain(c);
}

bool html_context_has_cdata(const struct html_context *c)
{
    return c->level.select == SELECT_NONE && html_foreign_is_current(&c->foreign);
}

bool html_context_has_style(const struct html_context *c)
{
    return html_context_has_cdata(c) &&
           c->foreign.open[c->foreign.depth - 1].element == HTML_STYLE &&
           c->foreign.open[c->foreign.depth - 1].space == NAMESPACE_SVG;
}
