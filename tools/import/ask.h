
/* A question to the person at the terminal. */


#ifndef _POLYCARD_ASK_H_INCLUDED_
#define _POLYCARD_ASK_H_INCLUDED_


/* is there anybody who could answer? */
unsigned polycard_ask_can(void);

/* "QUESTION [y/N] "; 1: yes, in English, Ukrainian or Russian */
unsigned polycard_ask(const char *question);


#endif /* _POLYCARD_ASK_H_INCLUDED_ */
