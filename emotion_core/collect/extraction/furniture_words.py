"""Words that sites use for their furniture, in names of files and folders, in classes and in alternative texts."""

from emotion_core.collect.extraction.size_words import word_set

PLACEHOLDERS = word_set(
    "spacer blank clear empty trans transparent placeholder pixel lazyload load loading loader spinner cleardot "
    "shim none noimage nophoto noimg dummy platzhalter leer vide vacio vuoto"
)
LOGOS = word_set("sprite sprites logo logos icon icons ico favicon picto pictos pictogram")
# Services to share, follow, pay or install with.
BRANDS = word_set(
    "facebook twitter instagram pinterest linkedin xing whatsapp youtube telegram flipboard reddit tiktok tumblr vimeo "
    "vkontakte odnoklassniki googleplus gplus google flickr addthis visa mastercard maestro paypal amex "
    "americanexpress discover jcb diners klarna sofortueberweisung giropay applepay googlepay alipay verisign norton "
    "mcafee trustpilot truste bizrate appstore playstore"
)
# Sharing, payment, seals, ratings, flags, forum and shop buttons.
_BUTTONS = BRANDS - {"flickr", "truste"} | word_set(
    "arrow arrows bullet bullets rss feed btn btns button buttons social socials sns share sharing sharer bookmark "
    "payment payments star stars rating ratings rank ranks flag flags smiley smileys smilies emoji emojis emoticon "
    "emoticons avatar avatars noavatar smbtn gravatar blavatar userpic captcha caret chevron checkbox checkmark tick "
    "cursor divider separator seperator gradient hamburger burger login logout signin signup submit subscribe badge "
    "badges ttl tit txt w3c xhtml qrcode barcode powered fb og "
    "bouton boutons boton botones botao knopf pulsante przycisk fleche fleches flecha flechas pfeil pfeile freccia "
    "frecce strzalka pijl drapeau drapeaux bandera banderas bandiera bandiere flagge flaggen flaga flagi"
)
# Only in PNG and GIF, and only beside other words of this kind.
SIGNS = word_set(
    "cart basket search menu nav close play pause prev previous next back forward up down left right top plus minus "
    "expand collapse toggle check cross print printer mail email envelope tel call help info faq more go newsletter "
    "download upload verified secure ssl corner border shadow line pattern texture stripe bar tab tabs tooltip "
    "marker counter online offline new hot sale valid css php mysql cc license store app over hover active on off "
    "bgr title ttf tl tr bl br seal seals forum thread post reply quote user phone fax home link links old lock locked "
    "unread read sticky poll legend category status lang language panier carrito warenkorb carrello koszyk suche "
    "recherche buscar cerca szukaj zoeken accueil inicio startseite drucken imprimer imprimir stampa fond fondo "
    "hintergrund ligne linea linie zurueck weiter suivant precedent siguiente anterior ultima avanti indietro "
    "anmelden connexion entrar accedi telefono entete cabecera"
)
SURE_SIGNS = word_set(
    "close menu search cart basket print prev previous next stats statistics online offline background bg corner "
    "bttn bt ic toggle expand collapse newsletter tooltip whos header hdr footer ftr nav navi navbar navbit navbits "
    "sidemenu seal"
)
DECORATION = PLACEHOLDERS | LOGOS | _BUTTONS
SURE = DECORATION - {"star"}  # People are stars, too.
NEUTRAL = word_set(
    "image images img imgs pic bg background default lazy white black grey gray site header footer dark light small "
    "large main mobile desktop x px w h new the no by on us top sm lg md off rgb cmyk tn card cards homepage"
)
# One word of these in the name of a folder is enough, whatever the format of the file.
FOLDERS = word_set(
    "badges smiley smilies smileys emoji emojis emoticons flags avatar avatars avatare avatares gravatar blavatar "
    "customavatars useravatars userpic userpics ranks payments paymenticons socialmedia sprites pictos pictograms "
    "captcha favicon favicons placeholders imageset bullets arrows sponsor sponsors statusicon statusicons sigpics "
    "signaturepics"
)
# These are enough as the whole name.
WHOLE_FOLDERS = word_set("userpics ratings rating stars payment social sharing reputation")
WHOLE_GRAPHIC_FOLDERS = word_set("interface frontend auth labels misc common shared layout widget widgets")
# For PNG and GIF, one word of these is enough; for other formats it takes two.
GRAPHIC_FOLDERS = word_set(
    "icons icon ico icono iconos buttons button btn btns logos logo graphics header footer footernav footers nav navi "
    "navigation mainnav menu menus toolbar partner partners supporters seals signets languages language lang langs "
    "social share payment brand brands manufacturer manufacturers vendors clients marken hersteller marchi marques "
    "marcas weather awards"
)
# A name without a suffix, or of a script.
SCRIPTS = word_set(
    "captcha counter count cron hit hits stat stats track tracker pixel beacon avatar noavatar seal seccode"
)

# Other words of this kind mark layout: a "separator" of Blogger holds a photo.
CLASSES = word_set(
    "icon icons emoji emojis emoticon emoticons smiley smileys smilies twemoji spacer avatar avatars gravatar "
    "userpic flag flags rating ratings stars payment payments social socials share sharing captcha badge badges "
    "logo logos sponsor sponsors partners"
)
# These tell among other words, too.
SURE_CLASSES = word_set("emoji emoticon smiley smilies gravatar userpic captcha sponsor sponsors")
CLASS_NEUTRAL = word_set(
    "list lists link links wrap wrapper container item items bar box menu footer header methods method user author img "
    "image images comment member the c is row col group block inner small large size circle round rounded wp fa "
    "svg site area main top page brand left right btn"
)
BARS = word_set(
    "header hdr footer ftr foot nav navi navs navbar navigation topnav mainnav subnav navbits navbar topbar "
    "toolbar topmenu mainmenu sidemenu submenu dropdown breadcrumb breadcrumbs masthead legend legends copyright "
    "social socials login toplinks footerlinks"
)
BAR_NEUTRAL = word_set(
    "site page main top bottom global primary secondary left right inner outer wrap wrapper container content area row "
    "col box block section bar links link list item items the big small desktop mobile sticky fixed js menu"
)
# Alternative texts of pictures that say what they are for.
ALT_SIGNS = LOGOS | word_set(
    "avatar avatars captcha rss feed print close search menu pause previous next arrow share tweet login logout basket "
    "cart email spacer counter smiley emoji star stars rating sterne sternen etoiles estrellas stelle"
)
ALT_NEUTRAL = NEUTRAL | word_set("user a of to in our your my icon button follow find visit on page out von sur de su")
