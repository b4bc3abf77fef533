/* A PKCS#11 module in front of another one (PIN_SHIM_MODULE): it gives the card the PIN by itself, as a reader with keys of its own
 * would, so that nobody is asked in a browser that nobody sees. The PIN is what PIN_SHIM_FILE holds; a PIN that the card refuses
 * is torn up, so that it costs one try only. Everything else goes through as it comes. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

static CK_FUNCTION_LIST ours;
static CK_FUNCTION_LIST_PTR card;

/* One process at a time: each of the server's connections has its own. */
static void give_pin(CK_SESSION_HANDLE session) {
    const char *path = getenv("PIN_SHIM_FILE");
    unsigned char pin[32];
    FILE *file = path ? fopen(path, "r") : NULL;
    size_t length;
    CK_RV answer;

    if (!file)
        return;
    flock(fileno(file), LOCK_EX);
    length = access(path, F_OK) == 0 ? fread(pin, 1, sizeof pin, file) : 0;
    if (length) {
        answer = card->C_Login(session, CKU_USER, pin, length);
        if (answer != CKR_OK && answer != CKR_USER_ALREADY_LOGGED_IN)
            unlink(path);
    }
    fclose(file);
    explicit_bzero(pin, sizeof pin);
}

/* Where the token asks for a PIN, it gets it with the first session; who looks at it sees none that asks. */
static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify, CK_SESSION_HANDLE *session) {
    CK_TOKEN_INFO token;
    CK_RV answer = card->C_OpenSession(slot, flags, application, notify, session);

    if (answer == CKR_OK && card->C_GetTokenInfo(slot, &token) == CKR_OK && token.flags & CKF_LOGIN_REQUIRED)
        give_pin(*session);
    return answer;
}

static CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *token) {
    CK_RV answer = card->C_GetTokenInfo(slot, token);

    if (answer == CKR_OK)
        token->flags &= ~(CK_FLAGS)CKF_LOGIN_REQUIRED;
    return answer;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
    const char *path = getenv("PIN_SHIM_MODULE");
    void *module = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    CK_C_GetFunctionList functions = module ? (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList") : NULL;

    if (!functions || functions(&card) != CKR_OK)
        return CKR_GENERAL_ERROR;
    ours = *card;
    ours.C_GetFunctionList = C_GetFunctionList;
    ours.C_GetTokenInfo = token_info;
    ours.C_OpenSession = open_session;
    *list = &ours;
    return CKR_OK;
}
