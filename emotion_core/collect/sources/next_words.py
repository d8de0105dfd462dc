"""What links to the next page say, in many languages; all in lower case, without arrows and punctuation at the ends."""

NEXT_WORDS = frozenset(
    word
    for line in """
next; next page; go to next page; next results; next photos; older; older posts; older entries; older photos
nächste; nächste seite; weiter; zur nächsten seite; eine seite weiter; vorwärts; ältere beiträge; ältere einträge
suivant; suivante; page suivante; suivants; articles plus anciens; messages plus anciens
siguiente; página siguiente; siguientes; pagina siguiente; entradas antiguas; entradas más antiguas; següent
próximo; próxima; próxima página; seguinte; página seguinte; avançar; postagens mais antigas
avanti; successivo; successiva; pagina successiva; prossima; prossima pagina; successivi; post più vecchi
volgende; volgende pagina; verder; oudere berichten
nästa; nästa sida; äldre inlägg; neste; neste side; eldre innlegg; næste; næste side; seuraava; seuraava sivu
следующая; следующая страница; следующий; далее; вперёд; вперед; дальше; предыдущие записи
наступна; наступна сторінка; далі; вперед; следваща; следващи; следваща страница; напред; наредна; следећа; следна
następna; następna strona; następne; następny; dalej; starsze posty; starsze wpisy
další; další strana; další stránka; následující; ďalšia; ďalší; ďalšie; ďalej; nasledujúca
ďalšia strana; ďalšia stránka; nasledujúci; sljedeća; sljedeće; sledeća; naslednja
következő; következő oldal; tovább; următoarea; pagina următoare; următorul; înainte
sonraki; sonraki sayfa; ileri; επόμενη; επόμενο; επόμενη σελίδα; الصفحة التالية; التالي; التالية; הבא; הבאה; לעמוד הבא
بعدی; صفحه بعد; अगला; अगला पृष्ठ; পরবর্তী; ถัดไป; หน้าถัดไป; tiếp; tiếp theo; trang sau; trang tiếp
selanjutnya; berikutnya; halaman berikutnya; seterusnya; kasunod; järgmine; nākamā; kitas; kitas puslapis
næsta; hurrengoa
次; 次へ; 次の; 次ページ; 次のページ; 次のページへ; 次の記事; 下一页; 下一頁; 下页; 下頁; 后一页; 后页; 後一頁; 下一張
다음; 다음 페이지; 다음페이지; 다음으로
""".splitlines()
    for word in line.split("; ")
    if word
)
MORE_WORDS = frozenset(
    word
    for line in """
load more; show more; view more; see more; more results; more photos; more posts; load more photos; load more posts
mehr laden; mehr anzeigen; weitere laden; mehr ergebnisse; weitere bilder; voir plus; afficher plus; charger plus
cargar más; ver más; mostrar más; carregar mais; ver mais; mostrar mais; carica altro; mostra altro; carica altri
meer laden; toon meer; meer tonen; ladda fler; visa fler; last inn flere; vis mere; vis flere; näytä lisää; lataa lisää
показать ещё; показать еще; загрузить ещё; загрузить еще; показати ще; завантажити ще; załaduj więcej; pokaż więcej
načíst další; zobrazit více; zobraziť viac; továbbiak betöltése; încarcă mai multe; daha fazla; daha fazla göster
φόρτωση περισσότερων; المزيد; عرض المزيد; טען עוד; بیشتر; โหลดเพิ่มเติม
xem thêm; tải thêm; muat lebih banyak
もっと見る; さらに表示; もっと読み込む; 加载更多; 載入更多; 查看更多; 更多; 더보기; 더 보기
""".splitlines()
    for word in line.split("; ")
    if word
)
PREVIOUS_WORDS = frozenset(
    word
    for line in """
prev; previous; previous page; back; newer; newer posts; newer entries
zurück; vorherige; vorherige seite; neuere beiträge
précédent; précédente; page précédente; anterior; página anterior; anteriores; precedente; pagina precedente; indietro
vorige; vorige pagina; föregående; forrige; edellinen; предыдущая; назад; попередня; poprzednia; wstecz; předchozí
predchádzajúca; előző; anterioară; önceki; geri; προηγούμενη; السابق; הקודם; قبلی; ก่อนหน้า; trước; sebelumnya
前へ; 前のページ; 前; 上一页; 上一頁; 上页; 이전; 이전 페이지
""".splitlines()
    for word in line.split("; ")
    if word
)
