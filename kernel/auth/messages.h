/* What sign-in, passwords and tokens say to people. See base/err.h for the form. */
#ifndef AUTH_MESSAGES_H
#define AUTH_MESSAGES_H

#include "base/err.h"

#define AUTH_TEXTS(X)                                                                              \
    X(sign_in_failed, "The login or the password is not right.", "Неверный логин или пароль.")     \
    X(sign_in_later, "Too many failed attempts. Try again in {0} s.",                              \
      "Слишком много неудачных попыток. Повторите через {0} с.")                                   \
    X(password_wrong, "The present password is not right.", "Нынешний пароль неверен.")            \
    X(password_short, "The password has {0} characters; at least {1} are needed.",                 \
      "В пароле {0} символов; нужно не меньше {1}.")                                               \
    X(password_long, "The password is longer than {0} bytes.", "Пароль длиннее {0} байт.")         \
    X(password_weak, "The password is too easy to guess. Add words or length.",                    \
      "Пароль слишком легко угадать. Добавьте слов или длины.")                                    \
    X(password_busy, "Too many people are signing in right now. Try again in a moment.",           \
      "Сейчас входит слишком много людей. Повторите чуть позже.")                                  \
    X(link_invalid, "This link is not valid any more. Ask for a new one.",                         \
      "Эта ссылка больше не действует. Попросите новую.")                                          \
    X(link_own, "A link is made for others; change your own password with the present one.",       \
      "Ссылка создаётся для других; свой пароль меняют, зная нынешний.")                           \
    X(token_invalid, "The token is not valid.", "Токен недействителен.")                           \
    X(token_missing, "There is no such token.", "Такого токена нет.")                              \
    X(user_unknown, "There is no user {0}.", "Нет пользователя {0}.")                              \
    X(user_inactive, "The user {0} is not active.", "Пользователь {0} отключён.")                  \
    X(role_unknown, "There is no role {0}. There are: {1}.", "Нет роли {0}. Есть: {1}.")           \
    X(login_taken, "There is a user {0} already.", "Пользователь {0} уже есть.")                   \
    X(login_needed, "A login is needed.", "Нужен логин.")                                          \
    X(manager_unknown, "There is no user {0} to be the manager.",                                  \
      "Нет пользователя {0}, чтобы стать руководителем.")                                          \
    X(system_user, "The built-in user does not sign in.",                                          \
      "Встроенный пользователь не входит в систему.")                                              \
    X(token_name_long, "The name of a token holds at most {0} characters.",                        \
      "Название токена — не больше {0} символов.")                                                 \
    X(view_administrators, "Only administrators look as others do.",                               \
      "Смотреть глазами других могут только администраторы.")                                      \
    X(view_unknown,                                                                                \
      "There is no {0} to look as: say role:NAME, or user:ID of somebody who may sign in.",        \
      "Смотреть как {0} нельзя: укажите role:ИМЯ или user:ID того, кто может войти.")              \
    X(view_over, "Looking as another was not begun, or is over. Begin it anew.",                   \
      "Просмотр глазами другого не начат или закончился. Начните его заново.")

#define AUTH_TEXT(name, en, ru) ERR_TEXT_ITEM_(auth_, name, en, ru)
AUTH_TEXTS(AUTH_TEXT)
#undef AUTH_TEXT

#endif
