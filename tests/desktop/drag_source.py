"""A program of its own with files to drag, as a file manager has them. Arguments: the files."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


class Source(QLabel):
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        drag, data = QDrag(self), QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(Path(name).absolute())) for name in sys.argv[1:]])
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)


application = QApplication(sys.argv[:1])
source = Source("files")
source.setWindowTitle("drag source")
source.setGeometry(1400, 100, 300, 200)
source.show()
application.exec()
