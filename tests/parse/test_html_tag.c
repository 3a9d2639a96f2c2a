#include "parse/html_tag.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>

Test(html_tag, finds_every_element_in_any_case)
{
    for (enum html_element e = HTML_UNKNOWN + 1; e < HTML_ELEMENT_COUNT; e++) {
        char name[16];
        strcpy(name, html_element_name(e));
        cr_expect_eq(html_element_find(name, strlen(name)), e, "%s", name);
        for (char *c = name; *c; c++)
            *c = (char)toupper(*c);
        cr_expect_eq(html_element_find(name, strlen(name)), e, "%s", name);
    }
}

Test(html_tag, knows_no_other_element)
{
    static const char *const names[] = {
        "", "ab", "aa", "h7", "h\x11", "blockquoto", "template1", "x-y", "blockquot", "plaintextt"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        cr_expect_eq(html_element_find(names[i], strlen(names[i])), HTML_UNKNOWN, "%s", names[i]);
    cr_expect_str_eq(html_element_name(HTML_UNKNOWN), "");
}

Test(html_tag, finds_every_attribute_in_any_case)
{
    for (enum html_attribute a = 0; a < ATTRIBUTE_COUNT; a++) {
        char name[16];
        strcpy(name, html_attribute_name(a));
        cr_expect_eq(html_attribute_find(name, strlen(name)), a, "%s", name);
        name[0] = (char)toupper(name[0]);
        cr_expect_eq(html_attribute_find(name, strlen(name)), a, "%s", name);
        cr_expect_eq(html_attribute_find(name, strlen(name) - 1), ATTRIBUTE_COUNT, "%s", name);
    }
}
