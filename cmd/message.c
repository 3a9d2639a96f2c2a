#include "cmd/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define MAX_LINE 4096

void message(const char *format, ...)
{
    char text[MAX_LINE], line[4 * MAX_LINE + 1];
    size_t length = 0;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (const char *c = text; *c; c++) {
        if (*c >= ' ' && *c <= '~')
            line[length++] = *c;
        else
            length += (size_t)sprintf(line + length, "\\x%02x", (unsigned char)*c);
    }
    line[length++] = '\n';
    if (write(STDERR_FILENO, line, length) < 0)
        return; /* there is no other place to say so */
}
